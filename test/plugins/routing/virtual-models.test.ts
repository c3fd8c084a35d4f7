import fastCheck from 'fast-check'
import { expect, it } from 'vitest'

import { SetupError, type PluginEntry } from '#core'
import { virtualModels } from '#plugins/routing/virtual-models'

import { findLoop } from '../../../plugins/routing/virtual-models/find-loop.ts'
import { say, startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { localProvider, outOfOrder } from '../local-provider.ts'

/** A gateway whose `a` models always fail and whose `b` models say what they were asked. */
function start(...plugins: PluginEntry[]): Promise<TestGateway> {
  const a = localProvider('a', ['one', 'two'], () => {
    throw outOfOrder()
  })
  const b = localProvider('b', ['one', 'two'], (request, model) =>
    JSON.stringify({ ...request, model }),
  )
  return startGateway({ plugins: [a, b, ...plugins], settings: { maxRetries: 0 } })
}

async function asked(gateway: TestGateway, model: string): Promise<any> {
  const answer = await gateway.chat(say(model, 'hi'))
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body.choices[0].message.content)
}

it('stands for the first of its models that answers', async () => {
  const plugin = virtualModels({ models: { fast: ['b/two', 'a/one'], sure: ['b/one'] } })
  await using gateway = await start(plugin)
  expect((await asked(gateway, 'fast')).model).toBe('two')
  expect((await asked(gateway, 'sure')).model).toBe('one')
  const listed = (await gateway.get('/v1/models')).body.data.map(({ id }: { id: string }) => id)
  expect(listed).toEqual(expect.arrayContaining(['fast', 'sure']))
})

it('gives each of its models parameters and prompts of its own', async () => {
  const prompt = { role: 'system', content: 'Be brief.' }
  const models = {
    brief: [{ model: 'b/one', temperature: 0.2, messages: [prompt] }],
    briefer: [{ model: 'brief', max_tokens: 5 }],
  }
  await using gateway = await start(virtualModels({ models }))
  expect(await asked(gateway, 'briefer')).toMatchObject({
    model: 'one',
    temperature: 0.2,
    max_tokens: 5,
    messages: [prompt, { role: 'user', content: 'hi' }],
  })
})

it('has no name that it only inherits', async () => {
  await using gateway = await start(virtualModels({ models: { fast: ['b/one'] } }))
  const answer = await gateway.chat(say('constructor', 'hi'))
  expect(answer.body.error.code).toBe('model_not_found')
})

it.each([
  [{ self: ['b/one', 'self'] }, 'The virtual model "self" stands for itself: self → self.'],
  [
    { entry: ['x'], x: ['b/one', { model: 'y', temperature: 1 }], y: ['z'], z: ['x'] },
    'The virtual model "x" stands for itself: x → y → z → x.',
  ],
])('does not start with a loop: %j', async (models, message) => {
  await expect(start(virtualModels({ models }))).rejects.toThrow(SetupError)
  await expect(start(virtualModels({ models }))).rejects.toThrow(message)
})

it.each([
  [{ fast: [] }, 'models.fast'],
  [{ fast: [{ temperature: 1 }] }, 'models.fast[0].model'],
  [{ fast: ['b/one', { model: 7 }] }, 'models.fast[1].model'],
  [{ fast: [{ model: 'b/one', extra: { guards: [] } }] }, 'models.fast[0].extra'],
])('does not start with %j, and says where', async (models, path) => {
  await expect(start(virtualModels({ models }))).rejects.toThrow(path)
})

it('warns of a model that nobody provides', async () => {
  await using gateway = await start(virtualModels({ models: { fast: ['c/one', 'b/one'] } }))
  const warning = gateway.logs.map((line) => JSON.parse(line)).find(({ level }) => level === 'warn')
  expect(warning).toMatchObject({ virtualModel: 'fast', model: 'c/one' })
  expect((await asked(gateway, 'fast')).model).toBe('one')
})

it('finds a loop if and only if there is one', () => {
  const name = fastCheck.constantFrom('a', 'b', 'c', 'd', 'e')
  const references = fastCheck
    .dictionary(name, fastCheck.array(name, { maxLength: 3 }))
    .map((lists) => new Map<string, readonly string[]>(Object.entries(lists)))
  fastCheck.assert(
    fastCheck.property(references, (lists) => {
      const loop = findLoop(lists)
      const isWay = loop?.every(
        (step, index) => index === 0 || lists.get(loop[index - 1] ?? '')?.includes(step),
      )
      expect(loop === undefined || (isWay && loop[0] === loop.at(-1))).toBe(true)
      expect(loop === undefined).toBe(isLoopless(lists))
    }),
  )
})

/** Takes away names that stand for nothing listed until none is left, or none can be taken. */
function isLoopless(lists: ReadonlyMap<string, readonly string[]>): boolean {
  const left = new Map(lists)
  for (;;) {
    const leaf = [...left].find(([, names]) => !names.some((name) => left.has(name)))
    if (!leaf) return left.size === 0
    left.delete(leaf[0])
  }
}
