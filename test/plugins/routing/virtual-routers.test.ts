import { afterAll, beforeAll, expect, it } from 'vitest'

import { definePlugin, type TargetSpec } from '#core'

import { startRouted, type Routed } from './routed.ts'

const system = (content: string): object => ({ role: 'system', content })

/** Names that stand for routers. `theirs` belongs to another project. */
const NAMES: Readonly<Record<string, readonly TargetSpec[]>> = {
  smart: [
    {
      router: {
        type: 'fallback',
        targets: ['bad/x', { model: 'good/y', top_p: 0.2, messages: [system('target')] }],
      },
      top_p: 0.9,
      seed: 7,
      messages: [system('virtual')],
    },
  ],
  smarter: [{ router: { type: 'fallback', targets: ['bad/y', 'smart'] } }],
  listed: ['bad/y', { model: 'smart', seed: 9 }],
  turns: [{ router: { type: 'round_robin', targets: ['good/x', 'good/y'] } }],
  others: [{ router: { type: 'round_robin', targets: ['good/x', 'good/y'] } }],
  ouroboros: [{ router: { type: 'fallback', targets: ['good/x', { model: 'serpent' }] } }],
  serpent: [{ router: { type: 'fallback', targets: ['ouroboros'] } }],
  broken: [{ router: { type: 'fallback', targets: ['good/x', { temperature: 1 }] } }],
  theirs: [{ router: { type: 'fallback', targets: ['good/x'] } }],
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [
      `step-${index}`,
      [{ router: { type: 'fallback', targets: [index === 0 ? 'good/x' : `step-${index - 1}`] } }],
    ]),
  ),
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_, index) => [
      `wide-${index}`,
      [
        {
          router: {
            type: 'fallback',
            targets: Array.from({ length: 8 }, () =>
              index === 0 ? 'good/x' : `wide-${index - 1}`,
            ),
          },
        },
      ],
    ]),
  ),
}

const names = definePlugin({
  name: 'names',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    models: {
      list: () => Object.keys(NAMES),
      resolve: (name, projectId) =>
        name === 'theirs' && projectId !== 'other-project' ? undefined : NAMES[name],
    },
  }),
})

let routed: Routed

beforeAll(async () => {
  routed = await startRouted(names())
})
afterAll(() => routed.gateway.stop())

it('a name may stand for a router, whose targets keep their own parameters', async () => {
  expect(await routed.tried({ model: 'smart' })).toEqual(['bad/x', 'good/y'])
  expect(routed.asked.at(-1)).toMatchObject({
    top_p: 0.2,
    seed: 7,
    messages: [system('target'), system('virtual'), { role: 'user', content: 'hi' }],
  })
})

it('a router may lead to a name that stands for a router', async () => {
  expect(await routed.tried({ model: 'smarter' })).toEqual(['bad/y', 'bad/x', 'good/y'])
  const router = { type: 'fallback', targets: [{ model: 'smart', seed: 8 }] }
  expect(await routed.tried({ router })).toEqual(['bad/x', 'good/y'])
  expect(routed.asked.at(-1)).toMatchObject({ seed: 7 })
})

it('a name in a list of names may stand for a router', async () => {
  expect(await routed.tried({ model: 'listed' })).toEqual(['bad/y', 'bad/x', 'good/y'])
  expect(routed.asked.at(-1)).toMatchObject({ seed: 9 })
})

it('a script may choose a name that stands for a router', async () => {
  const router = { type: 'script', script: "const route = () => 'smart'" }
  expect(await routed.tried({ router })).toEqual(['bad/x', 'good/y'])
})

it('fallbacks come behind what a name stands for', async () => {
  const router = { type: 'fallback', targets: ['bad/x'] }
  expect(await routed.tried({ router, fallbacks: ['smart'] })).toEqual(['bad/x', 'bad/x', 'good/y'])
})

it('each name has a turn of its own, though their routers look alike', async () => {
  const firsts = []
  for (const model of ['turns', 'turns', 'others', 'turns']) {
    firsts.push(...(await routed.tried({ model })))
  }
  expect(firsts).toEqual(['good/x', 'good/y', 'good/x', 'good/x'])
})

it.each([
  ['ouroboros', {}, 'model.router.targets[1].model.router.targets[0]', 'ouroboros → serpent'],
  ['step-11', {}, `model${'.router.targets[0]'.repeat(10)}.router`, 'nested deeper than 10'],
  ['wide-7', {}, expect.stringMatching(/^model\.router\.targets/), 'more than 64 targets in all'],
  ['broken', {}, 'model.router.targets[1].model', 'is required'],
  [
    'x',
    { router: { type: 'fallback', targets: ['broken'] } },
    'router.targets[0].router.targets[1].model',
    'is required',
  ],
  ['theirs', {}, 'model', 'does not exist'],
  ['x', { router: { type: 'random', targets: ['theirs'] } }, 'router.targets[0]', 'does not exist'],
])('what is wrong with %s %j is said', async (model, more, param, message) => {
  const before = routed.asked.length
  const answer = await routed.ask({ model, ...more })
  expect(answer.status).toBe(message === 'does not exist' ? 404 : 400)
  expect(answer.body.error.message).toContain(message)
  expect(answer.body.error.param).toEqual(param)
  expect(routed.asked.length).toBe(before)
})

it('ten routers of names may stand in each other', async () => {
  expect(await routed.tried({ model: 'step-9' })).toEqual(['good/x'])
})
