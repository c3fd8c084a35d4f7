import { describe, expect, it } from 'vitest'

import { groq, mistral, openai, perplexity } from '#plugins/providers/openai-compatible'

import { eventsOf, say, startBefore, type GatewayAnd } from '../../../helpers/gateway.ts'
import { fixture, startUpstream, type Upstream } from '../../../helpers/upstream.ts'

/** A gateway with one provider whose upstream plays a recorded exchange. */
async function serve(kind: typeof groq, recorded: string): Promise<GatewayAnd<Upstream>> {
  const play = await fixture(recorded)
  const upstream = await startUpstream(() => play)
  const entry = kind({ apiKey: 'sk-test', baseUrl: `${upstream.url}/v1` })
  return startBefore(upstream, { plugins: [entry] })
}

const textOf = (events: readonly any[]): string =>
  events.map((event) => event.choices?.[0]?.delta.content ?? '').join('')

describe('through the gateway', () => {
  it('a request to OpenAI arrives to the byte, but for the name of the model', async () => {
    await using served = await serve(openai, 'openai/chat.json')
    const written =
      '{ "model": "openai/gpt-4.1-mini",\n "messages":[{"role":"user","content":"é"}] }'
    const { status, body } = await served.gateway.post('/v1/chat/completions', written)
    expect(status).toBe(200)
    expect(body.choices[0].message.content).toBe('Bonjour !')
    const request = await served.upstream.nextRequest()
    expect(request.bytes.toString()).toBe(written.replace('openai/gpt', 'gpt'))
    expect(request.headers.authorization).toBe('Bearer sk-test')
  })

  it('the usage of a stream of Groq is asked for, recorded, and not shown unasked', async () => {
    await using served = await serve(groq, 'openai/groq-stream.sse')
    const request = say('groq/qwen/qwen3-32b', 'Hello.', { stream: true })
    const events = eventsOf((await served.gateway.chat(request)).text)
    expect(textOf(events)).toBe('Hello!')
    expect(events[1].choices[0].delta).toMatchObject({ reasoning_content: 'Okay' })
    expect(events.filter(({ usage }) => usage)).toEqual([])
    expect(events.at(-1)).toBe('[DONE]')
    const { body } = await served.upstream.nextRequest()
    expect(body).toMatchObject({ model: 'qwen/qwen3-32b', stream_options: { include_usage: true } })
    await served.gateway.ended(1)
    expect(served.gateway.records[0]).toMatchObject({ provider: 'groq' })
  })

  it('a stream of Mistral shows its usage to a client that asks, and Mistral is not asked', async () => {
    await using served = await serve(mistral, 'openai/mistral-stream.sse')
    const request = say('mistral/mistral-small-latest', 'Hello.', {
      stream: true,
      stream_options: { include_usage: true },
      store: true,
    })
    const { headers, text } = await served.gateway.chat(request)
    const events = eventsOf(text)
    expect(textOf(events)).toBe('Bonjour')
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { total_tokens: 22 } })
    expect(headers.get('x-tapgate-degraded')).toContain('store')
    expect((await served.upstream.nextRequest()).body).toEqual({
      model: 'mistral-small-latest',
      messages: [{ role: 'user', content: 'Hello.' }],
      stream: true,
    })
  })

  it('a stream of Perplexity ends well without [DONE] of its own', async () => {
    await using served = await serve(perplexity, 'openai/perplexity-stream.sse')
    const request = say('perplexity/sonar', 'Hello.', { stream: true })
    const events = eventsOf((await served.gateway.chat(request)).text)
    expect(textOf(events)).toBe('Hello there')
    expect(events.at(-1)).toBe('[DONE]')
  })

  it('what a provider can not do is refused before it is asked', async () => {
    await using served = await serve(perplexity, 'openai/perplexity-stream.sse')
    const tools = [{ type: 'function', function: { name: 'f' } }]
    const { status, body } = await served.gateway.chat(say('perplexity/sonar', 'Hello.', { tools }))
    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: 'unsupported_parameter', param: 'tools' })
    expect(served.upstream.requests).toEqual([])
  })

  it('what the provider refuses comes with its own words', async () => {
    await using served = await serve(openai, 'openai/error-400-context.json')
    const { status, body } = await served.gateway.chat(say('openai/gpt-4.1-mini', 'Hello.'))
    expect(status).toBe(400)
    expect(body.error).toMatchObject({ code: 'context_length_exceeded', param: 'messages' })
  })
})
