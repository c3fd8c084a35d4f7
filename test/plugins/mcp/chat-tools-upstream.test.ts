import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { PluginEntry } from '#core'
import { exactCache } from '#plugins/cache/exact'
import { chatTools } from '#plugins/mcp/chat-tools'
import { anthropic } from '#plugins/providers/anthropic'

import { eventsOf, say, startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { completion, providerAt } from '../../helpers/openai.ts'
import {
  fixture,
  hang,
  json,
  readFixture,
  sse,
  startUpstream,
  type Handler,
  type Upstream,
} from '../../helpers/upstream.ts'
import { readExchanges } from '../providers/exchanges.ts'
import { said, toolServers, type TestServers, type ToolWatch } from './chat-tools/tool-servers.ts'

const WEATHER: TestServers = {
  weather: {
    get_weather: {
      schema: { properties: { city: { type: 'string' } } },
      run: ({ city }) => said(`Rain in ${city}.`),
    },
  },
  clock: { get_time: { run: ({ zone }) => said(`Noon in ${zone}.`) } },
}

interface Served extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly upstream: Upstream
  readonly watch: ToolWatch
}

async function serve(
  handler: Handler,
  {
    servers = WEATHER,
    connect = (upstream) => providerAt('up', upstream),
    plugins = [],
    settings = {},
    options = {},
  }: {
    servers?: TestServers
    connect?: (upstream: Upstream) => PluginEntry
    plugins?: readonly PluginEntry[]
    settings?: Parameters<typeof startGateway>[0]['settings']
    options?: Parameters<typeof chatTools>[0]
  } = {},
): Promise<Served> {
  const upstream = await startUpstream(handler)
  const { entry, watch } = toolServers(servers)
  const gateway = await startGateway({
    plugins: [connect(upstream), chatTools(options), entry, ...plugins],
    settings: settings ?? {},
  })
  return {
    gateway,
    upstream,
    watch,
    async [Symbol.asyncDispose]() {
      await gateway.stop()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

const question = (more: object = {}): object =>
  say('up/gpt-4.1-mini', 'What is the weather in Paris and in Oslo?', {
    mcp_servers: ['weather'],
    ...more,
  })

describe('recorded answers of OpenAI', () => {
  it('are taken as turns', async () => {
    const [first, second] = await Promise.all([
      fixture('openai/chat-tools.json'),
      fixture('openai/chat.json'),
    ])
    await using served = await serve((_request, count) => (count === 1 ? first : second))
    const { body } = await served.gateway.chat(question())

    const [asked, answered] = served.upstream.requests.map((request) => request.body)
    expect(asked).not.toHaveProperty('mcp_servers')
    expect(asked.tools).toEqual([
      {
        type: 'function',
        function: {
          name: 'get_weather',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
        },
      },
    ])
    expect(answered.messages.slice(1)).toMatchObject([
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_9pJx2mRtYwLq5vBn8sDf3gHk' },
          { id: 'call_Q4zT7kUoCe1xAh6yWm0iVj9r' },
        ],
      },
      { role: 'tool', tool_call_id: 'call_9pJx2mRtYwLq5vBn8sDf3gHk', content: 'Rain in Paris.' },
      { role: 'tool', tool_call_id: 'call_Q4zT7kUoCe1xAh6yWm0iVj9r', content: 'Rain in Oslo.' },
    ])
    const recorded = JSON.parse(await readFixture('openai/chat.json')).body
    expect(body.choices[0].message.content).toBe(recorded.choices[0].message.content)
    expect(body.usage.total_tokens).toBe(113 + recorded.usage.total_tokens)
    expect(body.usage.prompt_tokens_details.cached_tokens).toBe(
      recorded.usage.prompt_tokens_details.cached_tokens,
    )
  })

  it('are streamed as turns', async () => {
    const [first, second] = await Promise.all([
      fixture('openai/chat-tools-stream.sse'),
      fixture('openai/chat-stream.sse'),
    ])
    await using served = await serve((_request, count) => (count === 1 ? first : second))
    const { text } = await served.gateway.chat(
      question({ stream: true, stream_options: { include_usage: true } }),
    )

    const recorded = eventsOf(await readFixture('openai/chat-stream.sse'))
    const contentOf = (events: any[]): string =>
      events.map((event) => event.choices?.[0]?.delta?.content ?? '').join('')
    expect(contentOf(eventsOf(text))).toBe(contentOf(recorded))
    const usage = recorded.find((event) => event.usage)?.usage.total_tokens
    expect(eventsOf(text).flatMap((event) => event.usage ?? [])).toMatchObject([
      { total_tokens: 113 + usage },
    ])
    expect(text).not.toContain('"tool_calls"')
    expect(served.upstream.requests[1]?.body.messages).toHaveLength(4)
    expect(served.watch.calls.map(({ args }) => args.city)).toEqual(['Paris', 'Oslo'])
  })
})

describe('recorded answers of Anthropic', () => {
  const exchanges = readExchanges('anthropic')
  const named = (name: string): (typeof exchanges)[number] =>
    exchanges.find((exchange) => exchange.name === name)!
  const connect = (upstream: Upstream): PluginEntry =>
    anthropic({ baseUrl: upstream.url, apiKey: 'sk-ant' })
  const asked = say('anthropic/claude-opus-5', 'What time is it?', {
    mcp_servers: ['weather', 'clock'],
  })

  it('are taken as turns', async () => {
    const [first, second] = [named('tools'), named('text')]
    await using served = await serve(
      (_request, count) => json((count === 1 ? first : second)?.upstreamAnswer),
      { connect },
    )
    const { body } = await served.gateway.chat(asked)
    expect(body.choices[0].message.content).toBe(
      'Next, the time.\n\nAir scatters blue light more than red light.',
    )
    const turns = served.upstream.requests[1]?.body.messages
    expect(turns[1].content.map((block: any) => block.type)).toEqual([
      'text',
      'tool_use',
      'tool_use',
    ])
    expect(turns[2].content).toMatchObject([
      {
        type: 'tool_result',
        tool_use_id: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
        content: 'Noon in Europe/Oslo.',
      },
      { type: 'tool_result', tool_use_id: 'toolu_01D7FLrfh4GYq7yT1ULFeyMV' },
    ])
    expect(body.usage).toMatchObject({ prompt_tokens: 50, completion_tokens: 30 })
  })

  it('are streamed as turns', async () => {
    const [first, second] = [named('tools-stream'), named('text-stream')]
    await using served = await serve(
      (_request, count) => sse([(count === 1 ? first : second).upstreamStream ?? '']),
      { connect },
    )
    const { text } = await served.gateway.chat({ ...asked, stream: true })
    const events = eventsOf(text)
    const content = events.map((event) => event.choices?.[0]?.delta?.content ?? '').join('')
    const later = second.chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
    expect(content).toBe(`Okay, let me check.\n\n${later}`)
    expect(events.flatMap((event) => event.tapgate?.tool_call?.name ?? [])).toEqual([
      'get_weather',
      'get_weather',
    ])
    expect(events.at(-1)).toBe('[DONE]')
    expect(served.watch.calls[0]?.args).toEqual({ city: 'San Francisco, CA' })
  })
})

const toolCall = (name: string, args = '{}', id = 'call_1'): object => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})

/** An answer that calls tools. */
function calling(...calls: object[]): object {
  return completion('', {
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: null, tool_calls: calls },
        finish_reason: 'tool_calls',
      },
    ],
  })
}

describe('turns', () => {
  it('stay with the target that answered the first, and are tried again there', async () => {
    const upstreams: string[] = []
    await using served = await serve((request, count) => {
      upstreams.push(request.body.model)
      if (count === 1) return json({ error: { message: 'busy' } }, 503)
      if (count === 2) return json(calling(toolCall('get_weather', '{"city":"Rome"}')))
      if (count === 3) return json({ error: { message: 'busy' } }, 503)
      return json(completion('Rain.'))
    })
    const { status, body } = await served.gateway.chat(question())
    expect(status).toBe(200)
    expect(body.choices[0].message.content).toBe('Rain.')
    expect(served.gateway.records.at(-1)?.attempts).toHaveLength(4)
  })

  it('that fail are a fault of the request, paid as far as they came', async () => {
    await using served = await serve(
      (_request, count) =>
        count === 1 ? json(calling(toolCall('get_weather'))) : json({ error: {} }, 400),
      { settings: { maxRetries: 0 } },
    )
    const { status, headers } = await served.gateway.chat(question())
    expect(status).toBe(400)
    expect(headers.get('x-tapgate-tools')).toBe('stop=failed; turns=1; calls=1')
    expect(served.gateway.records.at(-1)).toMatchObject({
      status: 'error',
      tokens: { input: 10, output: 5 },
    })
  })

  it('end where the money does, each priced by its own tokens', async () => {
    const settings = {
      prices: {
        'up/gpt-4.1-mini': {
          input: { base: 1, tiers: [{ start: 15, price: 100 }] },
          output: 0,
        },
      },
    }
    await using served = await serve(() => json(calling(toolCall('get_weather'))), { settings })
    const { headers, body } = await served.gateway.chat(
      question({ extra: { mcp: { max_cost: 0.000_02 } } }),
    )
    expect(headers.get('x-tapgate-tools')).toBe('stop=cost; turns=2; calls=1')
    expect(body.choices[0].finish_reason).toBe('length')
    expect(served.gateway.records.at(-1)?.cost).toBe('0.00002')
  })

  it('end at the deadline of the request, which says so', async () => {
    await using served = await serve(() => json(calling(toolCall('waits'))), {
      servers: { slow: { waits: { run: () => new Promise(() => undefined) } } },
      settings: { timeouts: { totalMs: 300 } },
    })
    const { status, headers } = await served.gateway.chat(question({ mcp_servers: ['slow'] }))
    expect(status).toBe(504)
    expect(headers.get('x-tapgate-tools')).toBe('stop=time; turns=1; calls=1')
    expect(served.watch.open).toBe(0)
  })

  it('tell a model that a tool which it made up does not exist', async () => {
    await using served = await serve((_request, count) =>
      json(
        count === 1
          ? calling(toolCall('get_wether'), toolCall('get_weather', '{"c', 'call_1'))
          : completion('Oh.'),
      ),
    )
    const { body } = await served.gateway.chat(question())
    expect(body.choices[0].message.content).toBe('Oh.')
    const results = served.upstream.requests[1]?.body.messages.slice(2)
    expect(results[0].content).toBe('Error: There is no tool "get_wether". There are: get_weather.')
    expect(results[1].content).toBe('Error: The arguments are no JSON object.')
    expect(results[0].tool_call_id).not.toBe(results[1].tool_call_id)
  })

  it('are measured each by itself', async () => {
    await using served = await serve((_request, count) =>
      json(count === 1 ? calling(toolCall('get_weather')) : completion('Rain.')),
    )
    await served.gateway.chat(question())
    const target = { provider: 'up', model: 'gpt-4.1-mini' }
    const { metrics } = served.gateway.gateway.inference
    expect(metrics.of(target, 'total')?.read('requests')).toBe(2)
    expect(metrics.inFlight(target)).toBe(0)
  })

  it('are not kept in a cache', async () => {
    await using served = await serve(
      (_request, count) => json(count % 2 === 1 ? calling(toolCall('get_weather')) : completion()),
      { plugins: [exactCache()] },
    )
    const cached = question({ cache: { type: 'exact' } })
    const { headers } = await served.gateway.chat(cached)
    await served.gateway.chat(cached)
    expect(headers.get('x-tapgate-degraded')).toBe('cache')
    expect(served.upstream.requests).toHaveLength(4)
  })
})

describe('what is no text', () => {
  const image = { type: 'image' as const, data: 'aGk=', mimeType: 'image/png' }
  const servers: TestServers = {
    camera: {
      look: {
        run: () => ({
          content: [
            image,
            { type: 'resource', resource: { uri: 'file:///a.txt', text: 'A note.' } },
            { type: 'resource_link', uri: 'file:///b.txt', name: 'b' },
            { type: 'audio', data: 'aGk=', mimeType: 'audio/wav' },
          ],
        }),
      },
      count: { run: () => ({ content: [], structuredContent: { n: 3 } }) },
    },
  }
  const ask = say('up/any', 'Look.', { mcp_servers: ['camera'] })
  const handler: Handler = (_request, count) =>
    json(count === 1 ? calling(toolCall('look'), toolCall('count', '{}', 'call_2')) : completion())

  it('is shown to a model that can see', async () => {
    const settings = { models: { 'up/any': { capabilities: ['vision', 'tools'] as const } } }
    await using served = await serve(handler, { servers, settings })
    await served.gateway.chat(ask)
    const sent = served.upstream.requests[1]?.body.messages.slice(2)
    expect(sent).toEqual([
      {
        role: 'tool',
        tool_call_id: 'call_1',
        content:
          '[image/png, 1 kB: see below]\n[resource file:///a.txt]\nA note.\n[resource file:///b.txt: b]\n[audio/wav, 1 kB: left out, this model can not take it]',
      },
      { role: 'tool', tool_call_id: 'call_2', content: '{"n":3}' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'From the tool look (call_1):' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
        ],
      },
    ])
  })

  it('is named to a model of which nobody knows that it can', async () => {
    await using served = await serve(handler, { servers })
    await served.gateway.chat(ask)
    const [, , result, ...rest] = served.upstream.requests[1]!.body.messages
    expect(result.content).toContain('[image/png, 1 kB: left out, this model can not take it]')
    expect(rest).toHaveLength(1)
  })
})

describe('a client that leaves', () => {
  it('in a call cancels it', async () => {
    let cancelled: () => void = () => undefined
    const gone = new Promise<void>((resolve) => (cancelled = resolve))
    let begun: () => void = () => undefined
    const started = new Promise<void>((resolve) => (begun = resolve))
    await using served = await serve(() => json(calling(toolCall('waits'))), {
      servers: {
        slow: {
          waits: {
            run: (_args, { signal }) => {
              begun()
              signal.addEventListener('abort', () => cancelled())
              return new Promise(() => undefined)
            },
          },
        },
      },
    })
    const leave = new AbortController()
    const asked = fetch(`${served.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question({ mcp_servers: ['slow'] })),
      signal: leave.signal,
    })
    await started
    leave.abort()
    await expect(asked).rejects.toThrow('aborted')
    await gone
    await served.gateway.ended(2)
    expect(served.gateway.records.map(({ status }) => status)).toEqual(['cancelled', 'cancelled'])
    expect(served.watch.open).toBe(0)
  })

  it('in a later turn closes the upstream', async () => {
    const stream = await readFixture('openai/chat-tools-stream.sse')
    const text = { choices: [{ index: 0, delta: { content: 'Well' }, finish_reason: null }] }
    const chunk = `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', ...text })}\n\n`
    await using served = await serve((_request, count) =>
      count === 1 ? sse([stream]) : hang([chunk]),
    )
    const leave = new AbortController()
    const response = await fetch(`${served.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question({ stream: true })),
      signal: leave.signal,
    })
    let heard = ''
    const decoder = new TextDecoder()
    for await (const bytes of response.body!) {
      heard += decoder.decode(bytes)
      if (heard.includes('Well')) break
    }
    leave.abort()
    await served.upstream.nextRequest()
    const second = await served.upstream.nextRequest()
    expect(await second.abandoned).toBe(true)
    await served.gateway.ended(3)
    const record = served.gateway.records.find(({ purpose }) => purpose === 'request')
    expect(record).toMatchObject({ status: 'cancelled', tokensAreEstimated: true })
    expect(record?.tokens?.input).toBeGreaterThan(65)
    expect(served.watch.open).toBe(0)
  })
})

describe('the turns of a stream', () => {
  const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  const turn = fc.record({
    text: fc.option(words, { nil: '' }),
    reasoning: fc.option(words, { nil: '' }),
    cuts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
    cities: fc.array(words, { minLength: 1, maxLength: 3 }),
  })

  it(
    'say what the same turns say in one piece, however they are cut',
    { timeout: 60_000 },
    async () => {
      let turns: readonly { text: string; reasoning: string; cuts: number[]; cities: string[] }[] =
        []
      await using served = await serve((request) => {
        const at = request.body.messages.filter(({ role }: any) => role === 'assistant').length
        const { text, reasoning, cuts, cities } = turns[at] ?? {
          text: 'End',
          reasoning: '',
          cuts: [3],
          cities: [],
        }
        const calls = cities.map((city, index) =>
          toolCall('get_weather', JSON.stringify({ city }), `call_${at}_${index}`),
        )
        const message = {
          role: 'assistant',
          content: text === '' ? null : text,
          ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
          ...(calls.length > 0 ? { tool_calls: calls } : {}),
        }
        const finish_reason = calls.length > 0 ? 'tool_calls' : 'stop'
        const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
        if (request.body.stream !== true) {
          return json(completion('', { choices: [{ index: 0, message, finish_reason }], usage }))
        }
        return sse([
          ...chunksOf(message, cuts, finish_reason),
          streamEvent({ choices: [], usage }),
          'data: [DONE]\n\n',
        ])
      })

      await fc.assert(
        fc.asyncProperty(fc.array(turn, { maxLength: 3 }), async (made) => {
          turns = made as typeof turns
          const whole = await served.gateway.chat(question())
          const sent = served.upstream.requests.at(-1)?.body.messages
          const streamed = await served.gateway.chat(
            question({ stream: true, stream_options: { include_usage: true } }),
          )
          const events = eventsOf(streamed.text).slice(0, -1)
          const deltas = events.flatMap(({ choices }) => choices.map((choice: any) => choice.delta))
          const joined = (field: string): string =>
            deltas.map((delta) => delta[field] ?? '').join('')
          const { message, finish_reason } = whole.body.choices[0]
          expect(joined('content')).toBe(message.content)
          expect(joined('reasoning_content')).toBe(message.reasoning_content ?? '')
          expect(events.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual([
            finish_reason,
          ])
          expect(events.filter(({ choices }) => choices[0]?.delta.role)).toHaveLength(1)
          expect(events.flatMap(({ usage }) => usage ?? [])).toEqual([whole.body.usage])
          expect(served.upstream.requests.at(-1)?.body.messages).toEqual(sent)
        }),
        { numRuns: 40 },
      )
    },
  )
})

function streamEvent(more: object): string {
  const chunk = {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    ...more,
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

/** A message as a provider streams it: text, reasoning and calls, each in pieces of the given lengths. */
function chunksOf(message: any, cuts: readonly number[], finishReason: string): string[] {
  const piece = (delta: object, finish_reason: string | null = null): string =>
    streamEvent({ choices: [{ index: 0, delta, finish_reason }], usage: null })
  const events = [piece({ role: 'assistant', content: '' })]
  for (const field of ['reasoning_content', 'content']) {
    for (const text of cutUp(message[field] ?? '', cuts)) events.push(piece({ [field]: text }))
  }
  for (const [index, call] of (message.tool_calls ?? []).entries()) {
    const { name, arguments: args } = call.function
    events.push(piece({ tool_calls: [{ ...call, index, function: { name, arguments: '' } }] }))
    for (const text of cutUp(args, cuts)) {
      events.push(piece({ tool_calls: [{ index, function: { arguments: text } }] }))
    }
  }
  return [...events, piece({}, finishReason)]
}

function cutUp(text: string, cuts: readonly number[]): string[] {
  const letters = Array.from(text)
  const pieces: string[] = []
  for (let at = 0, turn = 0; at < letters.length; turn++) {
    const length = cuts[turn % cuts.length] ?? 1
    pieces.push(letters.slice(at, at + length).join(''))
    at += length
  }
  return pieces
}
