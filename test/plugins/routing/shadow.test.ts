import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { definePlugin, type ChatRequest } from '#core'
import { routers } from '#plugins/routing/routers'

import { say, startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { localProvider } from '../local-provider.ts'

let gateway: TestGateway
let asked: ChatRequest[] = []
let release: (() => void) | undefined
let isHeld = false

/** A second model that takes its time when the test wants it to. */
const held = definePlugin({
  name: 'held',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    providers: [
      {
        name: 'second',
        models: ['x'],
        hasOnlyKnownModels: true,
        chat: {
          async run(request, { model }) {
            asked.push({ ...request, model: `second/${model}` })
            if (isHeld) await waiting
            return {
              id: 'chatcmpl-2',
              object: 'chat.completion' as const,
              created: 1,
              model: 'second/x',
              choices: [],
              usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
            }
          },
        },
      },
    ],
    guards: [
      {
        id: 'polite',
        stage: 'input' as const,
        apply: 'on-request' as const,
        check: ({ segments }) => ({ passed: !segments.some(({ text }) => text === 'rude') }),
      },
    ],
  }),
})
let waiting: Promise<void> = Promise.resolve()

beforeAll(async () => {
  const first = localProvider('first', ['x', 'y'], (request, model) => {
    asked.push({ ...request, model: `first/${model}` })
    return 'from the first'
  })
  gateway = await startGateway({ plugins: [first, held(), routers()], settings: { maxRetries: 0 } })
})
afterAll(() => gateway.stop())
beforeEach(() => {
  asked = []
  isHeld = false
})

const askedModels = (): readonly string[] => asked.map(({ model }) => model)
const shadow = { model: 'second/x', percentage: 100 }

/** Until so many records more are there; a copy has one too. */
async function askAndWait(body: object, records: number): Promise<number> {
  const before = gateway.records.length
  const { status } = await gateway.chat(body)
  await gateway.ended(before + records)
  return status
}

describe('a shadow', () => {
  it('gets a copy of the request once the caller is served', async () => {
    const extra = { user: { id: 'ada' } }
    const body = say('first/x', 'hi', { shadow, temperature: 0.5, extra })
    expect(await askAndWait(body, 2)).toBe(200)
    expect(askedModels()).toEqual(['first/x', 'second/x'])
    expect(asked[1]).toMatchObject({
      temperature: 0.5,
      messages: [{ role: 'user', content: 'hi' }],
    })
    expect(asked[0]).not.toHaveProperty('shadow')
    expect(asked[1]).not.toHaveProperty('shadow')
    const [request, copy] = gateway.records.slice(-2)
    expect(request).toMatchObject({ purpose: 'request', parentId: null, provider: 'first' })
    expect(copy).toMatchObject({
      purpose: 'shadow',
      parentId: request?.requestId,
      threadId: request?.threadId,
      provider: 'second',
      status: 'success',
    })
  })

  it.each([
    [{ type: 'fallback', targets: ['first/y'], shadow }],
    [{ type: 'round_robin', targets: ['first/y'], shadow: { model: 'second/x' } }],
    [{ type: 'conditional', routes: [{ targets: 'first/y' }], shadow }],
    [{ type: 'fallback', targets: [{ router: { type: 'random', targets: ['first/y'], shadow } }] }],
  ])('may belong to a router: %j', async (router) => {
    expect(await askAndWait(say('router/dynamic', 'hi', { router }), 2)).toBe(200)
    expect(askedModels()).toEqual(['first/y', 'second/x'])
    expect(asked[1]).not.toHaveProperty('router')
  })

  it('gets a whole answer where the caller gets a stream', async () => {
    expect(await askAndWait(say('first/x', 'hi', { shadow, stream: true }), 2)).toBe(200)
    expect(asked[1]?.stream).toBe(false)
  })

  it('gets none where its share is nothing', async () => {
    const none = say('first/x', 'hi', { shadow: { model: 'second/x', percentage: 0 } })
    for (let count = 20; count > 0; count--) await askAndWait(none, 1)
    expect(askedModels()).not.toContain('second/x')
  })

  it('gets no copy of a request that was refused', async () => {
    const body = say('first/x', 'rude', { shadow, extra: { guards: ['polite'] } })
    expect(await askAndWait(body, 1)).toBe(446)
    expect(
      await askAndWait(say('first/x', 'kind', { shadow, extra: { guards: ['polite'] } }), 2),
    ).toBe(200)
    expect(askedModels()).toEqual(['first/x', 'second/x'])
  })

  it('that is slow holds nobody up, and gets no more than a few copies at once', async () => {
    isHeld = true
    waiting = new Promise((resolve) => {
      release = resolve
    })
    const before = gateway.records.length
    const body = say('first/x', 'hi', { shadow })
    const answers = await Promise.all(Array.from({ length: 40 }, () => gateway.chat(body)))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    await expect.poll(() => gateway.logs.join('')).toContain('Copies of requests were not sent')
    release?.()
    await gateway.ended(before + 40 + 16)
    expect(askedModels().filter((model) => model === 'second/x').length).toBe(16)
  })

  it.each([
    [{ shadow: 'second/x' }, 'shadow'],
    [{ shadow: {} }, 'shadow.model'],
    [{ shadow: { model: 'second/no' } }, 'shadow.model'],
    [{ shadow: { model: 'second/x', percentage: 101 } }, 'shadow.percentage'],
    [{ shadow: { model: 'second/x', percent: 1 } }, 'shadow.percent'],
    [{ router: { type: 'fallback', targets: ['first/x'], shadow: 7 } }, 'router.shadow'],
  ])('%j is refused', async (more, param) => {
    const answer = await gateway.chat(say('first/x', 'hi', more))
    expect([400, 404]).toContain(answer.status)
    expect(answer.body.error.param).toBe(param)
    expect(asked).toEqual([])
  })
})
