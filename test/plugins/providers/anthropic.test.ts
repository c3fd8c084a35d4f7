import { describe, expect, it } from 'vitest'

import { anthropic } from '../../../plugins/providers/anthropic.ts'
import { configuredProvider } from '../../helpers/configured-provider.ts'
import { eventsOf, startGateway } from '../../helpers/gateway.ts'
import { cut, json, sse, startUpstream, type Play } from '../../helpers/upstream.ts'
import { readExchanges, type Exchange } from './exchanges.ts'

describe('the anthropic plugin', () => {
  it('is off without a key, and tells what to set', () => {
    const provider = configuredProvider(anthropic({}), { ANTHROPIC_API_KEY: ' ' })

    expect(provider.connection).toBeUndefined()
    expect(provider.hint).toBe('Set ANTHROPIC_API_KEY.')
  })

  it('signs in with the key of the environment', () => {
    expect(configuredProvider(anthropic({}), { ANTHROPIC_API_KEY: 'sk-1' })).toMatchObject({
      name: 'anthropic',
      catalogueName: 'anthropic',
      connection: {
        baseUrl: 'https://api.anthropic.com',
        headers: { 'x-api-key': 'sk-1', 'anthropic-version': '2023-06-01' },
      },
    })
  })

  it('prefers its options to the environment', () => {
    const environment = { ANTHROPIC_API_KEY: 'sk-1', ANTHROPIC_BASE_URL: 'https://env.example' }
    const options = {
      name: 'claude-eu',
      apiKey: 'sk-2',
      baseUrl: 'https://eu.example/',
      models: ['claude-next'],
      headers: { 'anthropic-beta': 'some-beta' },
      timeouts: { idleMs: 5 },
    }

    expect(configuredProvider(anthropic(options), environment)).toMatchObject({
      name: 'claude-eu',
      models: ['claude-next'],
      connection: {
        baseUrl: 'https://eu.example',
        headers: { 'x-api-key': 'sk-2', 'anthropic-beta': 'some-beta' },
        timeouts: { idleMs: 5 },
      },
    })
    expect(configuredProvider(anthropic({}), environment).connection?.baseUrl).toBe(
      'https://env.example',
    )
  })

  it('takes an address with the version too', () => {
    const { connection, chat } = configuredProvider(
      anthropic({ apiKey: 'sk-1', baseUrl: 'https://proxy.example/a/v1/' }),
    )

    expect(connection?.baseUrl).toBe('https://proxy.example/a')
    expect(chat && 'path' in chat && chat.path({} as never)).toBe('/v1/messages')
  })

  it.each(['example', 'localhost:8080'])('does not start with the address %s', (address) => {
    const environment = { ANTHROPIC_API_KEY: 'sk-1', ANTHROPIC_BASE_URL: address }

    expect(() => configuredProvider(anthropic({}), environment)).toThrow(
      `"${address}" is not an address for Anthropic.`,
    )
  })

  it("sends a header of the operator's in place of its own, and not beside it", () => {
    const headers = { 'Anthropic-Version': '2030-01-01' }
    const { connection } = configuredProvider(anthropic({ apiKey: 'sk-1', headers }))

    expect(connection?.headers).toEqual({ 'x-api-key': 'sk-1', 'anthropic-version': '2030-01-01' })
  })

  it('finds the models that the upstream lists', () => {
    const { discovery } = configuredProvider(anthropic({ apiKey: 'sk-1' }))
    const list = {
      data: [{ type: 'model', id: 'claude-opus-5', display_name: 'Claude Opus 5' }, { id: 7 }],
      has_more: false,
    }

    expect(discovery?.path).toBe('/v1/models?limit=1000')
    expect(discovery?.read(list)).toEqual(['claude-opus-5'])
    expect(discovery?.read(null)).toEqual([])
  })
})

/** A gateway with Claude behind it that gives this answer; and what Claude was asked. */
async function ask(exchange: Exchange, play: Play): Promise<Asked> {
  await using upstream = await startUpstream(() => play)
  await using gateway = await startGateway({
    plugins: [anthropic({ apiKey: 'sk-ant-1', baseUrl: upstream.url })],
  })
  const model = `anthropic/${exchange.request.model}`
  const answer = await gateway.chat({ ...exchange.request, model })
  await gateway.ended(1)
  return { answer, asked: upstream.requests[0], record: gateway.records[0] }
}

interface Asked {
  readonly answer: Awaited<ReturnType<Awaited<ReturnType<typeof startGateway>>['chat']>>
  readonly asked: Awaited<ReturnType<typeof startUpstream>>['requests'][number] | undefined
  readonly record: Awaited<ReturnType<typeof startGateway>>['records'][number] | undefined
}

const exchangeOf = (wanted: string): Exchange => {
  const exchange = readExchanges('anthropic').find(({ name }) => name === wanted)
  if (!exchange) throw new Error(`There is no exchange "${wanted}".`)
  return exchange
}

describe('a gateway with Claude behind it', () => {
  it('asks and answers across both forms', async () => {
    const exchange = exchangeOf('other-parameters')
    const { answer, asked } = await ask(exchange, json(exchange.upstreamAnswer))

    expect(asked).toMatchObject({
      path: '/v1/messages',
      headers: { 'x-api-key': 'sk-ant-1', 'anthropic-version': '2023-06-01' },
      body: exchange.upstreamRequest,
    })
    expect(answer.body.choices).toEqual((exchange.answer as any).choices)
    expect(answer.headers.get('x-tapgate-degraded')).toBe(exchange.degraded.join(', '))
  })

  it('streams in OpenAI’s form, and keeps the usage', async () => {
    const exchange = exchangeOf('thinking-stream')
    const { answer, record } = await ask(exchange, sse([exchange.upstreamStream ?? '']))
    const chunks = eventsOf(answer.text)

    expect(chunks.map(({ choices }) => choices).filter(Boolean)).toEqual(
      exchange.chunks.map(({ choices }) => choices).filter(({ length }) => length > 0),
    )
    expect(chunks.at(-1)).toBe('[DONE]')
    expect(record).toMatchObject({ tokens: { input: 25, output: 60, reasoning: 60 } })
  })

  it('tells of an error amid a stream, and of no end', async () => {
    const exchange = exchangeOf('text-stream')
    const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
    const begun = (exchange.upstreamStream ?? '').split(/(?<=\n\n)/).slice(0, 4)
    const failed = `event: error\ndata: ${JSON.stringify(error)}\n\n`
    const { answer } = await ask(exchange, sse([...begun, failed]))

    expect(eventsOf(answer.text).at(-1)).toMatchObject({ error: { code: 'upstream_error' } })
    expect(answer.text).not.toContain('[DONE]')
  })

  it('tells of a stream that breaks off', async () => {
    const exchange = exchangeOf('text-stream')
    const begun = (exchange.upstreamStream ?? '').split(/(?<=\n\n)/).slice(0, 4)
    const { answer } = await ask(exchange, cut(begun))

    expect(eventsOf(answer.text).at(-1)).toHaveProperty('error')
    expect(answer.text).not.toContain('[DONE]')
  })

  it('passes on why Claude rejects a request', async () => {
    const message = 'max_tokens: 200 > 100, which is the maximum for this model'
    const error = { type: 'error', error: { type: 'invalid_request_error', message } }
    const { answer } = await ask(exchangeOf('text'), json(error, 400))

    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ code: 'upstream_rejected' })
    expect(answer.body.error.message).toContain(message)
  })
})
