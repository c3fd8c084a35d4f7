import { afterEach, describe, expect, it } from 'vitest'

import { health } from '#plugins/routing/health'
import { routers } from '#plugins/routing/routers'

import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { localProvider, outOfOrder } from '../local-provider.ts'

let gateway: TestGateway | undefined
afterEach(() => gateway?.stop())

const NOTHING_BESIDE_TEXT = [] as const
const image = { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } }
const audio = { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }
const file = { type: 'file', file: { file_id: 'file-1' } }
const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }
const schema = { type: 'json_schema', json_schema: { name: 'cat', schema: { type: 'object' } } }

/** Models `m/plain`, which is known to read text only, `m/able`, of which all is known, and `m/new`. */
async function start(models: Parameters<typeof startGateway>[0]['settings'] = {}): Promise<void> {
  gateway = await startGateway({
    plugins: [
      localProvider('m', ['plain', 'able', 'new'], (_, model) => `from ${model}`),
      routers(),
      health(),
    ],
    settings: {
      models: {
        'm/plain': { capabilities: [...NOTHING_BESIDE_TEXT], contextWindow: 200 },
        'm/able': {
          capabilities: ['vision', 'audio', 'files', 'tools', 'structured_output'],
          contextWindow: 10_000,
        },
      },
      ...models,
    },
  })
}

const PLAIN_THEN_ABLE = { fallbacks: ['m/able'] }
const PLAIN_THEN_NEW = { fallbacks: ['m/new'] }

/** The model that answers. */
async function answered(request: object): Promise<string> {
  const { body } = await gateway!.chat(request)
  return body.choices[0].message.content
}

/** Asks `m/plain` first, and then what `more` says. */
const saying = (more: object, ...parts: object[]): object => ({
  model: 'm/plain',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, ...parts] }],
  ...more,
})

const asking = (content: string, more: object = {}): object =>
  say('m/plain', content, { ...PLAIN_THEN_ABLE, ...more })

describe('a target that lacks what the request needs', () => {
  it.each([
    ['images', saying(PLAIN_THEN_ABLE, image), 'does not read images'],
    ['audio', saying(PLAIN_THEN_ABLE, audio), 'does not hear audio'],
    ['files', saying(PLAIN_THEN_ABLE, file), 'does not read files'],
    ['tools', asking('hi', { tools: [tool] }), 'does not call tools'],
    ['a schema', asking('hi', { response_format: schema }), 'does not keep to a JSON schema'],
    ['a long context', asking('long '.repeat(300)), 'reads no more than 200 tokens'],
  ])('is skipped for %s, and the record says why', async (_what, request, reason) => {
    await start()
    expect(await answered(request)).toBe('from able')
    const { headers } = await explained(request)
    expect(headers.get('x-tapgate-explain')).toContain(`skipped: m/plain ${reason}`)
  })

  it.each([
    ['text', asking('hi')],
    ['a list of texts', saying(PLAIN_THEN_ABLE)],
    ['no tools', asking('hi', { tools: [] })],
    ['any JSON', asking('hi', { response_format: { type: 'json_object' } })],
    ['a body that is long for its brackets', asking('hi', { metadata: longMetadata() })],
  ])('is not skipped for %s', async (_what, request) => {
    await start()
    expect(await answered(request)).toBe('from plain')
  })

  it('is skipped for what the target itself is told to do', async () => {
    await start()
    const router = { type: 'fallback', targets: [{ model: 'm/plain', tools: [tool] }, 'm/able'] }
    expect(await answered(say('router/dynamic', 'hi', { router }))).toBe('from able')
  })

  it('is asked all the same when every target lacks it, or it is the only one', async () => {
    await start()
    const router = { type: 'fallback', targets: ['m/plain', { model: 'm/plain', top_p: 1 }] }
    const request = saying({ router }, image)
    expect(await answered(request)).toBe('from plain')
    const { headers } = await explained(request)
    expect(headers.get('x-tapgate-explain')).toContain('kept, as all lack something: m/plain')
    expect(await answered(saying({}, image))).toBe('from plain')
  })

  it('is not one of which nothing is known', async () => {
    await start()
    expect(await answered(saying(PLAIN_THEN_NEW, image))).toBe('from new')
    expect(await answered(saying(PLAIN_THEN_NEW))).toBe('from plain')
  })
})

describe('a provider that rests', () => {
  it('is tried last', async () => {
    const asked: string[] = []
    gateway = await startGateway({
      plugins: [
        localProvider('ill', ['a'], (_, model) => {
          asked.push(`ill/${model}`)
          throw outOfOrder()
        }),
        localProvider('well', ['b'], (_, model) => {
          asked.push(`well/${model}`)
          return 'Hello.'
        }),
        routers(),
        health(),
      ],
      settings: { maxRetries: 0 },
    })
    // A breaker is for what goes over the network: here it is opened by hand.
    const { breakers } = gateway.gateway.inference
    for (let faults = 0; faults < 5; faults++) {
      breakers.begin('ill').fail(outOfOrder())
    }
    const answer = await gateway.chat(say('ill/a', 'hi', { fallbacks: ['well/b'] }), {
      'x-tapgate-explain': 'true',
    })
    expect(answer.status).toBe(200)
    expect(asked).toEqual(['well/b'])
    expect(answer.headers.get('x-tapgate-explain')).toContain('put last, resting: ill/a')
  })
})

function explained(request: object): Promise<TestAnswer> {
  return gateway!.chat(request, { 'x-tapgate-explain': 'true' })
}

function longMetadata(): object {
  return Object.fromEntries(Array.from({ length: 16 }, (_, index) => [`k${index}`, 'v'.repeat(40)]))
}
