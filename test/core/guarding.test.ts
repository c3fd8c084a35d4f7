import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it, vi } from 'vitest'

import {
  defineGuard,
  definePlugin,
  type Contributions,
  type Guard,
  type PluginEntry,
  type PluginHost,
  type Verdict,
} from '#core'
import { keywords } from '#plugins/guards/keywords'
import { wordCount } from '#plugins/guards/word-count'
import { virtualModels } from '#plugins/routing/virtual-models'

import { say } from '../helpers/gateway.ts'
import {
  completion,
  DONE,
  END_EVENT,
  startBehind,
  textEvent,
  USAGE_EVENT,
} from '../helpers/openai.ts'
import { json, sse } from '../helpers/upstream.ts'

function giving(name: string, give: (host: PluginHost<unknown>) => Contributions): PluginEntry {
  const schema = { type: 'object', additionalProperties: false } as const
  return definePlugin({ name, schema, setup: give })()
}

/** A guard that is only code. */
function coded(id: string, check: Guard['check'], more: Partial<Guard> = {}): PluginEntry {
  const guard: Guard = { id, stage: 'input', apply: 'always', check, ...more }
  return giving(`gives-${id}`, () => ({ guards: [guard] }))
}

const hello = say('up/m', 'hello')
const answering = (text?: string) => () => json(completion(text))

describe('guards at the input', () => {
  it('look side by side when none changes the text', async () => {
    let running = 0
    let most = 0
    const look = async (): Promise<undefined> => {
      most = Math.max(most, ++running)
      await sleep(5)
      running--
    }
    const action = 'validate' as const
    await using both = await startBehind(answering(), {
      plugins: ['a', 'b', 'c'].map((id) => coded(id, look, { action })),
    })
    expect((await both.gateway.chat(hello)).status).toBe(200)
    expect(most).toBe(3)
  })

  it('are told at once when another has blocked', async () => {
    let wasStopped = false
    const forever: Guard['check'] = (_content, { signal }) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          wasStopped = true
        })
      })
    const block: Guard['check'] = () => sleep(5, { passed: false })
    await using both = await startBehind(answering(), {
      plugins: [
        coded('slow', forever, { action: 'validate' }),
        coded('strict', block, { action: 'validate' }),
      ],
    })
    const answer = await both.gateway.chat(hello)
    expect(answer.body.guard_id).toBe('strict')
    expect(wasStopped).toBe(true)
    expect(both.gateway.records[0]?.guards).toMatchObject([{ id: 'strict', outcome: 'blocked' }])
  })

  it('that change the text come first, in their order, whatever stands between them', async () => {
    const seen: string[] = []
    const note: Guard['check'] = ({ segments }) => {
      seen.push(segments[0]?.text ?? '')
      return undefined
    }
    await using both = await startBehind(answering(), {
      plugins: [
        coded('looks', note, { action: 'validate' }),
        keywords({ id: 'one', words: ['hello'], action: 'redact' }),
        keywords({ id: 'two', words: ['***'], action: 'redact' }),
      ],
    })
    await both.gateway.chat(hello)
    expect(seen).toEqual(['███'])
  })

  it('read all that reaches the model', async () => {
    const read: string[] = []
    await using both = await startBehind(answering(), {
      plugins: [
        coded('reads', ({ segments }) => {
          read.push(...segments.map(({ kind, text, data = '' }) => `${kind} ${text}${data}`))
          return undefined
        }),
      ],
    })
    const url = 'data:image/png;base64,AA=='
    await both.gateway.chat({
      model: 'up/m',
      tools: [{ type: 'function', function: { name: 't1', description: 'd1' } }],
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'f1', schema: { title: 's1' } },
      },
      metadata: { k1: 'v1' },
      messages: [
        { role: 'system', content: 'c1' },
        {
          role: 'user',
          name: 'n1',
          content: [
            { type: 'text', text: 'c2' },
            { type: 'image_url', image_url: { url: 'https://i1' } },
            { type: 'image_url', image_url: { url } },
            { type: 'file', file: { filename: 'file1', file_data: 'data:text/plain,x' } },
            { type: 'new_kind', said: 'u1' },
          ],
        },
        {
          role: 'assistant',
          content: null,
          refusal: 'r1',
          reasoning_content: 'think1',
          tool_calls: [
            { id: 'a', type: 'function', function: { name: 't2', arguments: '{"a":1}' } },
          ],
        },
        { role: 'tool', tool_call_id: 'a', content: 'c3' },
      ],
    })
    expect(read).toEqual([
      'tool_definition {"name":"t1","description":"d1"}',
      'text c1',
      'name n1',
      'text c2',
      'media https://i1',
      `media ${url}`,
      'media file1',
      'media data:text/plain,x',
      'parameter {"type":"new_kind","said":"u1"}',
      'text r1',
      'reasoning think1',
      'name t2',
      'tool_call {"a":1}',
      'tool_result c3',
      'parameter {"type":"json_schema","json_schema":{"name":"f1","schema":{"title":"s1"}}}',
      'parameter {"k1":"v1"}',
    ])
  })
})

describe('who names a guard', () => {
  it('may be a policy, which no request switches off', async () => {
    const policy = giving('policy', () => ({
      guardPolicies: [
        ({ projectId }) => (projectId ? [{ id: 'words', parameters: { words: ['herring'] } }] : []),
      ],
    }))
    await using both = await startBehind(answering(), {
      plugins: [keywords({ id: 'words', words: ['cod'], apply: 'on-request' }), policy],
    })
    const asking = (words: string[]): object => ({
      extra: { guards: [{ id: 'words', parameters: { words } }] },
    })
    const { gateway } = both
    expect((await gateway.chat(say('up/m', 'herring'))).status).toBe(446)
    expect((await gateway.chat(say('up/m', 'cod'))).status).toBe(200)
    expect((await gateway.chat(say('up/m', 'herring', asking(['eel'])))).status).toBe(446)
    expect((await gateway.chat(say('up/m', 'eel', asking(['eel'])))).status).toBe(446)
  })

  it('may be a target: its prompt and its answer are read, and the next target is tried', async () => {
    const upstream = answering('a herring')
    await using both = await startBehind(upstream, {
      plugins: [
        keywords({ id: 'fish', words: ['herring'], apply: 'on-request' }),
        wordCount({ id: 'short', minWords: 0, maxWords: 1, apply: 'on-request' }),
        virtualModels({
          models: {
            strict: [
              { model: 'up/short', guards: ['short'] },
              { model: 'up/fish', guards: [{ id: 'fish' }] },
              'up/free',
            ],
            only: [{ model: 'up/fish', guards: ['fish'] }],
          },
        }),
      ],
    })
    const { gateway } = both
    const answer = await gateway.chat(say('strict', 'two words'))
    expect(answer.status).toBe(200)
    expect(both.upstream.requests.map(({ body }) => body.model)).toEqual(['fish', 'free'])
    for (const { bytes } of both.upstream.requests) expect(bytes.toString()).not.toContain('guards')
    const refused = await gateway.chat(say('only', 'hello'))
    expect(refused.status).toBe(446)
    expect(refused.body.guard_id).toBe('fish')
  })

  it('may be a router, which asks for a verdict', async () => {
    const verdicts: Verdict[] = []
    const asks = giving('asks', ({ judge }) => ({
      hooks: {
        async routing(_targets, exchange) {
          verdicts.push(await judge('fish', exchange))
          verdicts.push(await judge('fish', exchange, { words: ['cod'] }))
        },
      },
    }))
    await using both = await startBehind(answering(), {
      plugins: [keywords({ id: 'fish', words: ['herring'], apply: 'on-request' }), asks],
    })
    expect((await both.gateway.chat(say('up/m', 'herring'))).status).toBe(200)
    expect(verdicts).toMatchObject([{ passed: false, guardId: 'fish' }, { passed: true }])
  })
})

it('reads a cached answer like any other, and the request for it', async () => {
  const early = (): Contributions => ({
    hooks: {
      preRoute: () => ({
        answer: completion('a herring') as never,
        cachedFrom: { provider: 'up', model: 'm' },
      }),
    },
  })
  await using both = await startBehind(answering(), {
    plugins: [keywords({ words: ['herring'] }), giving('cache', early)],
  })
  const answered = await both.gateway.chat(hello)
  expect(answered.body.error.details.stage).toBe('output')
  const asked = await both.gateway.chat(say('up/m', 'herring'))
  expect(asked.body.error.details.stage).toBe('input')
})

describe('an answer that is blocked', () => {
  it('is paid for all the same', async () => {
    const guard = keywords({ words: ['herring'], stage: 'output' })
    await using both = await startBehind(
      ({ body }) =>
        body.stream
          ? sse([textEvent('a '), textEvent('herring'), END_EVENT, USAGE_EVENT, DONE])
          : json(completion('a herring')),
      { plugins: [guard], settings: { prices: { 'up/m': { input: 1, output: 2 } } } },
    )
    expect((await both.gateway.chat(hello)).status).toBe(446)
    expect(both.gateway.records[0]).toMatchObject({
      status: 'blocked',
      model: 'm',
      tokens: { input: 10, output: 5 },
      cost: '0.00002',
    })
    expect((await both.gateway.chat({ ...hello, stream: true })).status).toBe(446)
    expect(both.gateway.records[1]).toMatchObject({ status: 'blocked', model: 'm' })
    expect(both.gateway.records[1]?.tokens).not.toBeNull()
  })

  it('is not waited for: the upstream is let go of', async () => {
    const guard = keywords({ words: ['herring'], stage: 'output' })
    await using both = await startBehind(
      () => async (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(textEvent('a herring, and much more that'))
      },
      { plugins: [guard] },
    )
    const answer = await both.gateway.chat({ ...hello, stream: true })
    expect(answer.status).toBe(446)
    const request = await both.upstream.nextRequest()
    expect(await request.abandoned).toBe(true)
  })
})

it('says which guards there were, and which held the answer back', async () => {
  await using both = await startBehind(() => sse([textEvent('hello'), END_EVENT, DONE]), {
    plugins: [
      keywords({ words: ['herring'] }),
      wordCount({ minWords: 0, stage: 'output', apply: 'on-request' }),
    ],
  })
  const stream = { ...hello, stream: true }
  const plain = await both.gateway.chat(stream)
  expect(plain.headers.get('x-tapgate-guards')).toBe('keywords')
  const asked = { ...stream, extra: { guards: ['word-count'] } }
  const held = await both.gateway.chat(asked)
  expect(held.headers.get('x-tapgate-guards')).toBe('keywords (buffered), word-count (buffered)')
})

it('hands on every event of an unguarded stream as it came', async () => {
  const odd = 'data:   {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}] }\n\n'
  await using both = await startBehind(() => sse([odd, END_EVENT, DONE]), {
    plugins: [keywords({ words: ['herring'], stage: 'input' })],
  })
  const answer = await both.gateway.chat({ ...hello, stream: true })
  expect(answer.text).toContain(odd)
})

it('knows no guard whose declaration is wrong', async () => {
  const kind = defineGuard({
    type: 'needy',
    title: 'Needy',
    summary: 'For tests.',
    parameters: {
      type: 'object',
      additionalProperties: false,
      required: ['how_much'],
      properties: { how_much: { type: 'integer', minimum: 1 } },
    },
    create: () => ({ check: () => undefined }),
  })
  await using both = await startBehind(answering(), { plugins: [kind({ howMuch: 1 })] })
  expect((await both.gateway.chat(hello)).status).toBe(200)
  await expect(startBehind(answering(), { plugins: [kind({ howMuch: 0 })] })).rejects.toThrow(
    'howMuch',
  )
})

it('does not wait for a guard when the client is gone', async () => {
  let onAsked = (): void => undefined
  const asked = new Promise<void>((resolve) => {
    onAsked = resolve
  })
  let wasTold = false
  const forever: Guard['check'] = (_content, { signal }) =>
    new Promise(() => {
      signal.addEventListener('abort', () => {
        wasTold = true
      })
      onAsked()
    })
  await using both = await startBehind(answering(), { plugins: [coded('slow', forever)] })
  const client = new AbortController()
  const request = fetch(`${both.gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(hello),
    signal: client.signal,
  })
  await asked
  client.abort()
  await expect(request).rejects.toThrow('aborted')
  await both.gateway.ended(1)
  expect(both.gateway.records[0]?.status).toBe('cancelled')
  expect(wasTold).toBe(true)
  expect(both.upstream.requests).toHaveLength(0)
})

it('keeps the client company while the whole answer is held back', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    let goOn = (): void => undefined
    const waiting = new Promise<void>((resolve) => {
      goOn = resolve
    })
    await using both = await startBehind(
      () => sse([textEvent('hello'), () => waiting, END_EVENT, DONE]),
      { plugins: [wordCount({ minWords: 0, stage: 'output' })] },
    )
    const before = vi.getTimerCount()
    const answer = fetch(`${both.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...hello, stream: true }),
    })
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(before))
    vi.advanceTimersByTime(15_000)
    const { status, headers, body } = await answer
    expect(status).toBe(200)
    expect(headers.get('x-tapgate-guards')).toBe('word-count (buffered)')
    const reader = (body as ReadableStream<Uint8Array>).getReader()
    const first = await reader.read()
    expect(Buffer.from(first.value ?? []).toString()).toBe(': ping\n\n')
    goOn()
    let rest = ''
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      rest += Buffer.from(next.value).toString()
    }
    expect(rest).toContain('hello')
    expect(rest).toContain('[DONE]')
  } finally {
    vi.useRealTimers()
  }
})
