import { describe, expect, it } from 'vitest'

import { say } from '../helpers/gateway.ts'
import { completion, startBehind } from '../helpers/openai.ts'
import { json } from '../helpers/upstream.ts'

describe('a request to a provider that speaks the same dialect', () => {
  it('arrives byte for byte, with only the name of the model exchanged', async () => {
    await using both = await startBehind(() => json(completion()))
    const sent =
      '{ "model" : "up/gpt-x",\n\t"messages":[{"role":"user","content":"h\\u00e9 \\"model\\""}], "seed": 1.0, "brand_new": {"a":[1e2]} }'
    const answer = await both.gateway.post('/v1/chat/completions', sent)
    const received = both.upstream.requests[0]
    expect(answer.status).toBe(200)
    expect(received?.bytes.toString()).toBe(sent.replace('up/gpt-x', 'gpt-x'))
    expect(received?.path).toBe('/v1/chat/completions')
    expect(received?.headers.authorization).toBe('Bearer sk-upstream-secret')
  })

  it('is written anew when "model" stands in it twice', async () => {
    await using both = await startBehind(() => json(completion()))
    const sent =
      '{"messages":[{"role":"user","content":"x","model":"up/gpt-x"}],"model":"up/gpt-x","n":1}'
    await both.gateway.post('/v1/chat/completions', sent)
    expect(both.upstream.requests[0]?.body).toEqual({
      messages: [{ role: 'user', content: 'x', model: 'up/gpt-x' }],
      model: 'gpt-x',
      n: 1,
    })
  })

  it('loses the fields that speak to the gateway', async () => {
    await using both = await startBehind(() => json(completion()))
    await both.gateway.chat(
      say('up/gpt-x', 'hi', {
        extra: { user: { id: '7' } },
        mcp_servers: [],
        max_retries: 1,
        fallbacks: [],
        top_k: 3,
      }),
    )
    expect(both.upstream.requests[0]?.body).toEqual(say('gpt-x', 'hi', { top_k: 3 }))
  })

  it('names the fields that nothing here can serve', async () => {
    await using both = await startBehind(() => json(completion()))
    const mcpServers = [{ name: 'websearch', type: 'in-memory' }]
    const answer = await both.gateway.chat(
      say('up/gpt-x', 'hi', { mcp_servers: mcpServers, extra: { cache: { type: 'exact' } } }),
    )
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-tapgate-degraded')).toBe('mcp_servers, cache')
  })

  it('takes the bare strings of response_format', async () => {
    await using both = await startBehind(() => json(completion()))
    await both.gateway.chat(say('up/gpt-x', 'hi', { response_format: 'json_object' }))
    expect(both.upstream.requests[0]?.body.response_format).toEqual({ type: 'json_object' })
  })

  it('keeps slashes in the name of a model', async () => {
    await using both = await startBehind(() => json(completion()))
    await both.gateway.chat(say('up/meta/llama/3', 'hi'))
    expect(both.upstream.requests[0]?.body.model).toBe('meta/llama/3')
  })

  it('gives the answer back as it came', async () => {
    const text = JSON.stringify(
      completion('Grüße, 世界 🎉', { odd: { field: [null, 1.5] } }),
      null,
      2,
    )
    await using both = await startBehind(() => (response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(text)
    })
    const answer = await both.gateway.chat(say('up/gpt-x', 'hi'))
    expect(answer.text).toBe(text)
  })

  it('says who answered, and how long the gateway took', async () => {
    await using both = await startBehind(() => json(completion()))
    const { headers } = await both.gateway.chat(say('up/gpt-x', 'hi'), {
      'x-thread-id': 'thread-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    })
    expect(headers.get('x-request-id')).toMatch(/^req_[\da-f]{32}$/)
    expect(headers.get('x-trace-id')).toBe('0af76519-16cd-43dd-8448-eb211c80319c')
    expect(headers.get('x-thread-id')).toBe('thread-1')
    expect(headers.get('x-model-name')).toBe('gpt-x')
    expect(headers.get('x-provider-name')).toBe('up')
    expect(Number(headers.get('x-tapgate-overhead-ms'))).toBeGreaterThanOrEqual(0)
  })

  it('leaves a record with disjoint classes of tokens', async () => {
    const usage = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 60, audio_tokens: 10 },
      completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 0 },
    }
    await using both = await startBehind(() => json(completion('x', { usage })), {
      settings: { prices: { 'up/gpt-x': { input: 1, output: 10, cachedInput: 0.1 } } },
    })
    await both.gateway.chat(say('up/gpt-x', 'hi', { extra: { user: { id: '7' } } }), {
      'x-tags': 'team=a&beta',
    })
    expect(both.gateway.records).toMatchObject([
      {
        requestedModel: 'up/gpt-x',
        provider: 'up',
        model: 'gpt-x',
        status: 'success',
        statusCode: 200,
        finishReason: 'stop',
        userId: '7',
        tags: { team: 'a', beta: '-' },
        tokens: { input: 30, cachedInput: 60, audioInput: 10, output: 30, reasoning: 20 },
        cost: '0.000546',
      },
    ])
  })

  it('has a cost of null, not 0, when the price is unknown', async () => {
    await using both = await startBehind(() => json(completion()))
    await both.gateway.chat(say('up/gpt-x', 'hi'))
    expect(both.gateway.records[0]).toMatchObject({ cost: null, prices: null })
  })
})
