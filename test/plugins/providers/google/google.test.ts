import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'

import type { Provider } from '#core'
import { google } from '#plugins/providers/google'

import { configuredProvider } from '../../../helpers/configured-provider.ts'
import { eventsOf, say, startGateway } from '../../../helpers/gateway.ts'
import { json, readFixture, sse, startUpstream } from '../../../helpers/upstream.ts'

const call = { model: 'gemini-3.8-flash', stream: false, signal: new AbortController().signal }
const pathOf = (provider: Provider, more: object = {}): string => {
  if (!provider.chat || !('path' in provider.chat)) throw new Error('Google has no chat.')
  return provider.chat.path({ ...call, ...more })
}

describe('the plugin', () => {
  it('is switched off without a key, and says what to do', () => {
    const provider = configuredProvider(google())

    expect(provider).toMatchObject({ name: 'google', hint: 'Set GEMINI_API_KEY.' })
    expect(provider.connection).toBeUndefined()
  })

  it('takes its key from the options or the environment', () => {
    const keyOf = (options: { apiKey?: string }, environment: Record<string, string>): unknown =>
      configuredProvider(google(options), environment).connection?.headers['x-goog-api-key']

    expect(keyOf({}, { GEMINI_API_KEY: 'a', GOOGLE_API_KEY: 'b' })).toBe('a')
    expect(keyOf({}, { GEMINI_API_KEY: '', GOOGLE_API_KEY: 'b' })).toBe('b')
    expect(keyOf({ apiKey: 'c' }, { GEMINI_API_KEY: 'a' })).toBe('c')
    expect(keyOf({}, { GEMINI_API_KEY: 'from a file\n' })).toBe('from a file')
  })

  it('takes its address from the options or the environment, with the version of the API', () => {
    const urlOf = (
      options: { baseUrl?: string },
      environment: Record<string, string> = {},
    ): unknown =>
      configuredProvider(google({ apiKey: 'k', ...options }), environment).connection?.baseUrl

    expect(urlOf({})).toBe('https://generativelanguage.googleapis.com/v1beta')
    expect(urlOf({}, { GEMINI_BASE_URL: 'https://a.example/v1/' })).toBe('https://a.example/v1')
    expect(urlOf({}, { GOOGLE_GEMINI_BASE_URL: 'https://b.example' })).toBe(
      'https://b.example/v1beta',
    )
    expect(urlOf({ baseUrl: 'https://c.example/gemini/' })).toBe('https://c.example/gemini/v1beta')
  })

  it.each(['example', 'localhost:8080', 'ftp://example'])(
    'does not start with the address %s',
    (address) => {
      const environment = { GEMINI_API_KEY: 'k', GEMINI_BASE_URL: address }

      expect(() => configuredProvider(google(), environment)).toThrow(
        `"${address}" is not an address for Google Gemini.`,
      )
    },
  )

  it('passes on a name, models, headers and limits', () => {
    const provider = configuredProvider(
      google({
        name: 'google-eu',
        apiKey: 'k',
        models: ['gemini-3.8-flash'],
        headers: { 'X-Team': 'a' },
        timeouts: { idleMs: 5 },
      }),
    )

    expect(provider).toMatchObject({
      name: 'google-eu',
      catalogueName: 'google',
      models: ['gemini-3.8-flash'],
      connection: { headers: { 'x-team': 'a', 'x-goog-api-key': 'k' }, timeouts: { idleMs: 5 } },
    })
  })

  it('asks where Google answers, streamed or not', () => {
    const provider = configuredProvider(google({ apiKey: 'k' }))

    expect(pathOf(provider)).toBe('/models/gemini-3.8-flash:generateContent')
    expect(pathOf(provider, { stream: true })).toBe(
      '/models/gemini-3.8-flash:streamGenerateContent?alt=sse',
    )
    expect(pathOf(provider, { model: 'tunedModels/my-model' })).toBe(
      '/tunedModels/my-model:generateContent',
    )
  })

  it('does not leave its path by the name of a model', () => {
    const provider = configuredProvider(google({ apiKey: 'k' }))
    for (const model of [
      '../files',
      'models/../x',
      'a/b/c',
      'x?key=1',
      'x#',
      'x:countTokens',
      '',
      '.',
      'a b',
    ]) {
      expect(() => pathOf(provider, { model })).toThrow(
        expect.objectContaining({ code: 'model_not_found' }),
      )
    }
  })

  it('lists the models that can chat or embed', () => {
    const { discovery } = configuredProvider(google({ apiKey: 'k' }))
    const models = [
      {
        name: 'models/gemini-3.8-flash',
        supportedGenerationMethods: ['generateContent', 'countTokens'],
      },
      { name: 'models/gemini-embedding-001', supportedGenerationMethods: ['embedContent'] },
      { name: 'models/veo-3', supportedGenerationMethods: ['predictLongRunning'] },
      { supportedGenerationMethods: ['generateContent'] },
    ]

    expect(discovery?.path).toBe('/models?pageSize=1000')
    expect(discovery?.read({ models })).toEqual(['gemini-3.8-flash', 'gemini-embedding-001'])
    expect(discovery?.read('nothing')).toEqual([])
  })
})

describe('a gateway with Google behind it', () => {
  const serve = async (url: string): ReturnType<typeof startGateway> =>
    startGateway({ plugins: [google({ apiKey: 'secret-key', baseUrl: url })] })

  it('answers a chat', async () => {
    const recorded = JSON.parse(
      await readFixture('google/exchanges/text/upstream-answer.json'),
    ) as object
    await using upstream = await startUpstream(() => json(recorded))
    await using gateway = await serve(upstream.url)
    const answer = await gateway.chat(
      say('google/gemini-2.5-flash', 'Hello.', { presence_penalty: 1 }),
    )
    const asked = await upstream.nextRequest()

    expect(answer.body.choices[0].message.content).toBe('Paris')
    expect(answer.headers.get('x-tapgate-degraded')).toBe('presence_penalty')
    expect(asked.path).toBe('/v1beta/models/gemini-2.5-flash:generateContent')
    expect(asked.headers['x-goog-api-key']).toBe('secret-key')
    await gateway.ended(1)
    expect(gateway.records[0]?.tokens).toMatchObject({ input: 128, cachedInput: 1920, output: 1 })
  })

  it('says that the key is refused, although Google calls it a bad argument', async () => {
    await using upstream = await startUpstream(() =>
      json(
        {
          error: {
            code: 400,
            message: 'API key not valid. Please pass a valid API key.',
            status: 'INVALID_ARGUMENT',
            details: [
              {
                '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
                reason: 'API_KEY_INVALID',
                domain: 'googleapis.com',
              },
            ],
          },
        },
        400,
      ),
    )
    await using gateway = await serve(upstream.url)
    const answer = await gateway.chat(say('google/gemini-2.5-flash', 'Hello.'))
    expect(answer.status).toBe(502)
    expect(answer.body.error).toMatchObject({
      code: 'provider_authentication_error',
      details: { upstream_status: 400 },
    })
  })

  it('waits as long as Google asks before it tries again', async () => {
    const limited = {
      error: {
        code: 429,
        message: 'You exceeded your current quota.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' }],
      },
    }
    await using upstream = await startUpstream(() => json(limited, 429))
    await using gateway = await serve(upstream.url)
    const answer = await gateway.chat(say('google/gemini-2.5-flash', 'Hello.'))
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe('35')
    expect(answer.body.error.details).toMatchObject({ retry_after_seconds: 35 })
    expect(upstream.requests).toHaveLength(1)
  })

  it('answers a stream, and keeps the usage to itself unless it is asked for', async () => {
    const text = await readFixture('google/exchanges/tools-stream/upstream-answer.sse')
    await using upstream = await startUpstream(() => sse([text]))
    await using gateway = await serve(upstream.url)
    const answer = await gateway.chat(say('google/gemini-3.8-flash', 'Hello.', { stream: true }))
    const events = eventsOf(answer.text)
    const calls = events.flatMap(({ choices }) => choices?.[0]?.delta.tool_calls ?? [])

    expect(calls.map((one) => one.function.arguments)).toEqual([
      '{"city":"Paris"}',
      '{"city":"London","unit":"celsius"}',
    ])
    expect(events.at(-1)).toBe('[DONE]')
    expect(events.some(({ usage }) => usage)).toBe(false)
    await gateway.ended(1)
    expect(gateway.records[0]?.tokens).toMatchObject({ input: 96, output: 34, reasoning: 80 })
  })

  it('refuses what Google can not do before it asks', async () => {
    await using upstream = await startUpstream(() => json({}))
    await using gateway = await serve(upstream.url)
    const answer = await gateway.post('/v1/embeddings', {
      model: 'google/gemini-embedding-001',
      input: [1, 2],
    })

    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ code: 'unsupported_parameter', param: 'input' })
    expect(upstream.requests).toEqual([])
  })

  it('embeds for a client that asks for plain numbers', async () => {
    const answer = {
      embeddings: [{ values: [0.5, -0.25] }],
      usageMetadata: { promptTokenCount: 3 },
    }
    await using upstream = await startUpstream(() => json(answer))
    await using gateway = await serve(upstream.url)
    const client = new OpenAI({ apiKey: 'any', baseURL: `${gateway.url}/v1` })
    const list = await client.embeddings.create({
      model: 'google/gemini-embedding-001',
      input: 'Hello.',
      encoding_format: 'float',
    })

    expect(list.data[0]?.embedding).toEqual([0.5, -0.25])
    expect(list.usage.prompt_tokens).toBe(3)
  })
  it('estimates what embeddings used where Google does not count', async () => {
    await using upstream = await startUpstream(() => json({ embeddings: [{ values: [1] }] }))
    await using gateway = await serve(upstream.url)
    const { status, body } = await gateway.post('/v1/embeddings', {
      model: 'google/gemini-embedding-001',
      input: 'How many words are these?',
    })
    const [record] = gateway.records

    expect(status).toBe(200)
    expect(body).not.toHaveProperty('usage')
    expect(record?.tokens?.input).toBeGreaterThan(3)
    expect(record?.tokensAreEstimated).toBe(true)
    expect(Number(record?.cost)).toBeGreaterThan(0)
  })
})
