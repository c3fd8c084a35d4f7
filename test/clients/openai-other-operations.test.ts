import { NotFoundError } from 'openai'
import { describe, expect, it } from 'vitest'

import { definePlugin, type PluginEntry } from '#core'
import { demo } from '#plugins/providers/demo'
import { openai as openaiProvider } from '#plugins/providers/openai-compatible'

import { startGateway } from '../helpers/gateway.ts'
import {
  completion,
  DONE,
  END_EVENT,
  startBehind,
  textEvent,
  USAGE_EVENT,
} from '../helpers/openai.ts'
import { fixture, json, sse, startUpstream, type Upstream } from '../helpers/upstream.ts'
import { collect, faultOf, openaiAt, user } from './openai-client.ts'

const startDemo = (): ReturnType<typeof startGateway> => startGateway({ plugins: [demo()] })

describe('embeddings with the openai SDK', () => {
  it('are floats, although they come as base64', async () => {
    await using gateway = await startDemo()
    const openai = openaiAt(gateway)
    const request = { model: 'demo/embed', input: 'The food was delicious.' }
    const byDefault = await openai.embeddings.create(request)
    const explicit = await openai.embeddings.create({ ...request, encoding_format: 'float' })
    const [vector] = byDefault.data
    expect(vector?.embedding).toHaveLength(256)
    expect(vector?.embedding.every((value) => typeof value === 'number')).toBe(true)
    expect([...vector!.embedding]).toEqual(explicit.data[0]?.embedding)
    expect(byDefault.usage).toEqual(explicit.usage)
  })

  it('are one for each text of a list, in order, with the dimensions asked for', async () => {
    await using gateway = await startDemo()
    const openai = openaiAt(gateway)
    const request = { model: 'demo/embed', dimensions: 32 }
    const { data } = await openai.embeddings.create({ ...request, input: ['one', 'two', 'one'] })
    const two = await openai.embeddings.create({ ...request, input: 'two' })
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2])
    expect(data[0]?.embedding).toHaveLength(32)
    expect(data[0]?.embedding).toEqual(data[2]?.embedding)
    expect(data[1]?.embedding).toEqual(two.data[0]?.embedding)
  })

  it('are made of tokens too', async () => {
    await using gateway = await startDemo()
    const { data, usage } = await openaiAt(gateway).embeddings.create({
      model: 'demo/embed',
      input: [
        [1, 2, 3],
        [4, 5],
      ],
    })
    expect(data).toHaveLength(2)
    expect(usage.prompt_tokens).toBe(5)
  })

  it('of an upstream are decoded the same, whichever way they come', async () => {
    const [base64, float] = await Promise.all([
      fixture('openai/embeddings-base64.json'),
      fixture('openai/embeddings-float.json'),
    ])
    await using both = await startBehind(({ body }) =>
      body.encoding_format === 'base64' ? base64 : float,
    )
    const openai = openaiAt(both.gateway)
    const request = { model: 'up/text-embedding-3-small', input: 'Delicious.', dimensions: 8 }
    const byDefault = await openai.embeddings.create(request)
    const explicit = await openai.embeddings.create({ ...request, encoding_format: 'float' })
    expect(both.upstream.requests.map(({ body }) => body.encoding_format)).toEqual([
      'base64',
      'float',
    ])
    const values = byDefault.data[0]!.embedding
    expect(values).toHaveLength(8)
    explicit.data[0]!.embedding.forEach((value, index) =>
      expect(values[index]).toBeCloseTo(value, 6),
    )
  })
})

describe('legacy completions with the openai SDK', () => {
  it('continue a prompt', async () => {
    await using gateway = await startDemo()
    const answer = await openaiAt(gateway).completions.create({
      model: 'demo/echo',
      prompt: 'Once upon a time',
    })
    expect(answer.object).toBe('text_completion')
    expect(answer.choices[0]).toMatchObject({ text: 'Once upon a time', finish_reason: 'stop' })
    expect(answer.usage?.total_tokens).toBeGreaterThan(0)
  })

  it('stream, with the usage when it is asked for', async () => {
    await using gateway = await startDemo()
    const stream = await openaiAt(gateway).completions.create({
      model: 'demo/echo',
      prompt: ['One two.', 'Three.'],
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = await collect(stream)
    const texts = ['', '']
    for (const { index, text } of chunks.flatMap(({ choices }) => choices)) texts[index] += text
    expect(texts).toEqual(['One two.', 'Three.'])
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { total_tokens: expect.any(Number) },
    })
  })

  it.each([
    ['whole', 'openai/completions.json', 8],
    ['streamed', 'openai/completions-stream.sse', 4],
  ])('of an upstream come %s', async (how, recorded, outputTokens) => {
    const isStream = how === 'streamed'
    const play = await fixture(recorded)
    await using both = await startBehind(() => play)
    const request = { model: 'up/gpt-3.5-turbo-instruct', prompt: 'Once upon a time' }
    const { completions } = openaiAt(both.gateway)
    const parts = isStream
      ? await collect(await completions.create({ ...request, stream: true }))
      : [await completions.create(request)]
    const text = parts.map(({ choices }) => choices[0]?.text ?? '').join('')
    expect(text).toMatch(/^ there was /)
    expect(both.upstream.requests[0]?.path).toBe('/v1/completions')
    expect(both.gateway.records[0]?.tokens).toMatchObject({
      input: 4,
      output: outputTokens,
    })
  })
})

describe('legacy completions of a provider that only chats, with the openai SDK', () => {
  /** A provider with nothing of its own but its address. */
  const chatOnly = (upstream: Upstream): PluginEntry =>
    definePlugin({
      name: 'chat-only',
      schema: { type: 'object', additionalProperties: false },
      setup: () => ({
        providers: [
          {
            name: 'chats',
            connection: { baseUrl: upstream.url, headers: {} },
            chat: { path: () => '/chat/completions' },
          },
        ],
      }),
    })()
  const request = { model: 'chats/m', prompt: 'Once upon a time' }

  it('come whole', async () => {
    await using upstream = await startUpstream(() => json(completion('there was')))
    await using gateway = await startGateway({ plugins: [chatOnly(upstream)] })
    const answer = await openaiAt(gateway).completions.create(request)
    expect(answer.choices[0]).toMatchObject({ text: 'there was', finish_reason: 'stop' })
    expect(upstream.requests[0]?.body.messages).toEqual(user('Once upon a time'))
  })

  it('stream, with the usage that is asked for on behalf of the client', async () => {
    const events = [textEvent('there '), textEvent('was'), END_EVENT, USAGE_EVENT, DONE]
    await using upstream = await startUpstream(() => sse(events))
    await using gateway = await startGateway({ plugins: [chatOnly(upstream)] })
    const stream = await openaiAt(gateway).completions.create({ ...request, stream: true })
    const chunks = await collect(stream)
    expect(chunks.map(({ choices }) => choices[0]?.text).join('')).toBe('there was')
    expect(chunks.filter(({ usage }) => usage)).toEqual([])
    expect(upstream.requests[0]?.body.stream_options).toEqual({ include_usage: true })
    expect(gateway.records[0]).toMatchObject({
      tokens: { input: 10, output: 5 },
      tokensAreEstimated: false,
    })
  })

  it.each([
    ['an error', 'data: {"error":{"message":"Overloaded","code":503}}\n\n', 'upstream_error'],
    ['what is no JSON', 'data: {"choices":\n\n', 'invalid_upstream_response'],
  ])('say what it was when %s comes amid a stream', async (_what, event, code) => {
    await using upstream = await startUpstream(() => sse([textEvent('there'), event]))
    await using gateway = await startGateway({ plugins: [chatOnly(upstream)] })
    const stream = await openaiAt(gateway).completions.create({ ...request, stream: true })
    const fault = await faultOf(collect(stream))
    expect(fault.code).toBe(code)
    expect(fault.message).not.toContain('connection')
  })
})

describe('models with the openai SDK', () => {
  it('are listed, page by page', async () => {
    await using gateway = await startDemo()
    const ids = (await collect(openaiAt(gateway).models.list())).map(({ id }) => id)
    expect(ids).toEqual(expect.arrayContaining(['demo/echo', 'demo/tools', 'demo/embed']))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('are retrieved one by one, as they are listed', async () => {
    await using gateway = await startDemo()
    const openai = openaiAt(gateway)
    for (const listed of await collect(openai.models.list())) {
      const model = await openai.models.retrieve(listed.id)
      expect(model).toEqual(expect.objectContaining({ ...listed }))
    }
  })

  it('are retrieved by names with slashes, spaces and letters of all kinds', async () => {
    await using both = await startBehind(() => json(completion()))
    const openai = openaiAt(both.gateway)
    for (const id of [
      'up/meta-llama/Llama-3.3:free',
      'up/ein Modell',
      'up/größe-100%',
      'up/a?b#c',
    ]) {
      expect(await openai.models.retrieve(id)).toMatchObject({
        id,
        object: 'model',
        owned_by: 'up',
      })
    }
  })

  it('that an upstream lists are found', async () => {
    const [chat, models] = await Promise.all([
      fixture('openai/chat.json'),
      fixture('openai/models.json'),
    ])
    await using both = await startBehind(({ path }) => (path === '/v1/models' ? models : chat))
    const ids = (await collect(openaiAt(both.gateway).models.list())).map(({ id }) => id)
    expect(ids).toContain('up/gpt-5-mini')
  })

  it('that nobody knows are not found', async () => {
    await using gateway = await startDemo()
    const fault = await faultOf(openaiAt(gateway).models.retrieve('demo/ecco'))
    expect(fault).toBeInstanceOf(NotFoundError)
    expect(fault).toMatchObject({ status: 404, code: 'model_not_found', param: 'model' })
    expect(fault.message).toContain('demo/echo')
  })

  it('of a provider that is off are not listed', async () => {
    await using gateway = await startGateway({ plugins: [openaiProvider(), demo()] })
    const ids = (await collect(openaiAt(gateway).models.list())).map(({ id }) => id)
    expect(ids.filter((id) => id.startsWith('openai/'))).toEqual([])
  })
})
