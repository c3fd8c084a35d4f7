import fastCheck from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  defineGuard,
  definePlugin,
  findSpans,
  type ChatChunk,
  type Found,
  type PluginEntry,
} from '#core'
import { keywords } from '#plugins/guards/keywords'

import { eventsOf, say, startGateway, type TestGateway } from '../helpers/gateway.ts'
import { completion, DONE, END_EVENT, startBehind } from '../helpers/openai.ts'
import { json, sse } from '../helpers/upstream.ts'

type Delta = ChatChunk['choices'][number]['delta']

/** A model that streams these pieces, and the end and the usage after them. */
function streaming(
  pieces: () => readonly (Delta | { index: number; delta: Delta })[],
): PluginEntry {
  const base = { id: 'c1', object: 'chat.completion.chunk' as const, created: 1, model: 'm' }
  return definePlugin({
    name: 'local',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({
      providers: [
        {
          name: 'local',
          models: ['m'],
          chat: {
            run: () => Promise.reject(new Error('Only streams.')),
            async *stream(): AsyncGenerator<ChatChunk> {
              const indexes = new Set<number>()
              for (const piece of pieces()) {
                const { index, delta } =
                  'delta' in piece
                    ? (piece as { index: number; delta: Delta })
                    : { index: 0, delta: piece as Delta }
                indexes.add(index)
                yield { ...base, choices: [{ index, delta, finish_reason: null }] }
              }
              for (const index of indexes) {
                yield { ...base, choices: [{ index, delta: {}, finish_reason: 'stop' }] }
              }
              yield {
                ...base,
                choices: [],
                usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
              }
            },
          },
        },
      ],
    }),
  })()
}

/** Digits in a row are secret, however many there are up to six; so is "ab", also after a letter. */
const digits = defineGuard({
  type: 'digits',
  title: 'Digits',
  summary: 'For tests.',
  stage: 'output',
  parameters: { type: 'object', additionalProperties: false, properties: {} },
  actions: ['redact', 'validate', 'observe'],
  create: () => ({
    holdback: 7,
    check(content) {
      const spans = findSpans(content, findDigits)
      return spans.length > 0 ? { passed: false, confidence: 1, text: 'Digits.', spans } : undefined
    },
  }),
})

function* findDigits(text: string, from: number): Generator<Found> {
  const pattern = /\d{2,6}|(?<=x)ab|\bend\b/g
  pattern.lastIndex = from
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    yield { start: match.index, end: match.index + match[0].length, label: 'SECRET' }
  }
}

function redacted(text: string): string {
  return text.replace(/\d{2,6}|(?<=x)ab|\bend\b/g, '[SECRET]')
}

async function textsOf(gateway: TestGateway): Promise<string> {
  const answer = await gateway.chat(say('local/m', 'hi', { stream: true }))
  expect(answer.status).toBe(200)
  return saidIn(eventsOf(answer.text))
}

function saidIn(events: readonly any[]): string {
  return events.map((event) => event.choices?.[0]?.delta?.content ?? '').join('')
}

describe('a pattern split between chunks', () => {
  it('is masked as if it were not, wherever the stream is cut', async () => {
    let pieces: Delta[] = []
    await using gateway = await startGateway({ plugins: [streaming(() => pieces), digits()] })
    const letter = fastCheck.constantFrom('1', '2', 'x', 'a', 'b', ' ', 'end', '😀')
    await fastCheck.assert(
      fastCheck.asyncProperty(
        fastCheck.array(fastCheck.string({ unit: letter, maxLength: 9 }), { maxLength: 12 }),
        async (texts) => {
          pieces = texts.map((content) => ({ content }))
          expect(await textsOf(gateway)).toBe(redacted(texts.join('')))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is masked at each possible cut', async () => {
    let pieces: Delta[] = []
    await using gateway = await startGateway({ plugins: [streaming(() => pieces), digits()] })
    const text = 'My numbers are 123456 and 78, the end of xab and 9.'
    for (let cut = 0; cut <= text.length; cut++) {
      pieces = [{ content: text.slice(0, cut) }, { content: text.slice(cut) }]
      expect(await textsOf(gateway)).toBe(redacted(text))
    }
    pieces = text.split('').map((content) => ({ content }))
    expect(await textsOf(gateway)).toBe(redacted(text))
  })

  it('is masked by each of several guards in turn', async () => {
    const pieces = 'a swordfish and 1234'.split('').map((content) => ({ content }))
    await using gateway = await startGateway({
      plugins: [
        streaming(() => pieces),
        keywords({ words: ['swordfish'], action: 'redact' }),
        digits(),
      ],
    })
    expect(await textsOf(gateway)).toBe('a *** and [SECRET]')
  })
})

describe('a redacted stream', () => {
  it('keeps ids, the end and the usage, and every chunk that holds nothing secret', async () => {
    const pieces = ['one ', 'two 12', '34 three ', 'four'].map((content) => ({ content }))
    await using gateway = await startGateway({ plugins: [streaming(() => pieces), digits()] })
    const answer = await gateway.chat(
      say('local/m', 'hi', { stream: true, stream_options: { include_usage: true } }),
    )
    const events = eventsOf(answer.text)
    expect(events.map((event) => event.choices?.[0]?.delta?.content)).toEqual([
      'one ',
      'two [SECRET]',
      ' three ',
      'four',
      undefined,
      undefined,
      undefined,
    ])
    expect(new Set(events.slice(0, -1).map((event) => event.id))).toEqual(new Set(['c1']))
    expect(events.at(-3)?.choices[0].finish_reason).toBe('stop')
    expect(events.at(-2)?.usage.total_tokens).toBe(2)
    expect(answer.headers.get('x-tapgate-guards')).toBe('digits')
    expect(gateway.records[0]?.guards).toMatchObject([
      { id: 'digits', stage: 'output', outcome: 'redacted', labels: { SECRET: 1 } },
    ])
  })

  it('masks in each choice, in reasoning, and in the arguments of tools, which stay JSON', async () => {
    const call = (text: string): Delta => ({
      tool_calls: [{ index: 0, function: { arguments: text } }],
    })
    const pieces = [
      { index: 0, delta: { content: 'a 1' } },
      { index: 1, delta: { content: '2 b 3' } },
      { index: 0, delta: { content: '2 c' } },
      { index: 1, delta: { reasoning_content: 'think 12' } },
      { index: 1, delta: { reasoning_content: '34' } },
      {
        index: 0,
        delta: {
          tool_calls: [{ index: 0, id: 'call_1', function: { name: 'look', arguments: '' } }],
        },
      },
      ...['{"a":"x\\"1', '2\\n","b', '":12', '34,"\\u0031', '\\u0032":[1]}'].map((text) => ({
        index: 0,
        delta: call(text),
      })),
    ]
    await using gateway = await startGateway({ plugins: [streaming(() => pieces), digits()] })
    const answer = await gateway.chat(say('local/m', 'hi', { stream: true, n: 2 }))
    const said = ['', '']
    let thought = ''
    let json = ''
    for (const { choices = [] } of eventsOf(answer.text)) {
      for (const { index, delta } of choices) {
        said[index] += delta.content ?? ''
        thought += delta.reasoning_content ?? ''
        json += delta.tool_calls?.[0]?.function?.arguments ?? ''
      }
    }
    expect(said).toEqual(['a [SECRET] c', '2 b 3'])
    expect(thought).toBe('think [SECRET]')
    expect(JSON.parse(json)).toEqual({ a: 'x"[SECRET]\n', b: '[SECRET]', '[SECRET]': [1] })
  })
})

describe('a guard that blocks a stream', () => {
  it('answers 446 as long as nothing has left', async () => {
    const pieces = [
      { role: 'assistant' as const, content: '' },
      { content: '12' },
      { content: '34 is it' },
    ]
    await using gateway = await startGateway({
      plugins: [streaming(() => pieces), digits({ action: 'validate' })],
    })
    const answer = await gateway.chat(say('local/m', 'hi', { stream: true }))
    expect(answer.status).toBe(446)
    expect(answer.body).toMatchObject({ guard_id: 'digits', error: { code: 'guardrail_blocked' } })
  })

  it('ends it with an event in both shapes once something has', async () => {
    const pieces = [
      { content: 'A long beginning, then 12' },
      { content: '34' },
      { content: ' and more' },
    ]
    await using gateway = await startGateway({
      plugins: [streaming(() => pieces), digits({ action: 'validate' })],
    })
    const answer = await gateway.chat(say('local/m', 'hi', { stream: true }))
    expect(answer.status).toBe(446)
    const early = [{ content: 'A long beginning, ' }, { content: 'then ' }, ...pieces]
    pieces.splice(0, 3, ...early)
    const later = await gateway.chat(say('local/m', 'hi', { stream: true }))
    expect(later.status).toBe(200)
    const events = eventsOf(later.text)
    expect(saidIn(events)).toBe('A long beginning, then ')
    expect(events.at(-1)).toMatchObject({
      guard_id: 'digits',
      message: "Guard 'digits' not passed",
      error: { code: 'guardrail_blocked', details: { status: 446 } },
    })
    expect(gateway.records[1]).toMatchObject({
      status: 'blocked',
      guards: [{ id: 'digits', outcome: 'blocked', passed: false, labels: { SECRET: 1 } }],
    })
  })
})

it('lets a guard that observes see the whole, and holds nothing back for it', async () => {
  const pieces = ['12', '34'].map((content) => ({ content }))
  await using gateway = await startGateway({
    plugins: [streaming(() => pieces), digits({ action: 'observe' })],
  })
  expect(await textsOf(gateway)).toBe('1234')
  expect(gateway.records[0]?.guards).toMatchObject([
    { id: 'digits', action: 'observe', passed: false, outcome: 'observed', labels: { SECRET: 1 } },
  ])
})

it('takes away the log probabilities that would tell what was masked', async () => {
  const logprobs = { content: [{ token: '1234', logprob: -0.1 }] }
  const event = (content: string, more: object): string => {
    const choices = [{ index: 0, delta: { content }, finish_reason: null, ...more }]
    const chunk = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices }
    return `data: ${JSON.stringify(chunk)}\n\n`
  }
  const stream = [event('It is ', {}), event('1234.', { logprobs }), END_EVENT, DONE]
  const choice = { index: 0, message: { role: 'assistant', content: 'It is 1234.' }, logprobs }
  const whole = completion('', { choices: [{ ...choice, finish_reason: 'stop' }] })
  await using both = await startBehind(({ body }) => (body.stream ? sse(stream) : json(whole)), {
    plugins: [digits()],
  })
  const answer = await both.gateway.chat(say('up/m', 'hi', { stream: true, logprobs: true }))
  const events = eventsOf(answer.text)
  expect(saidIn(events)).toBe('It is [SECRET].')
  expect(JSON.stringify(events)).not.toContain('1234')
  const { body } = await both.gateway.chat(say('up/m', 'hi', { logprobs: true }))
  expect(body.choices).toMatchObject([{ message: { content: 'It is [SECRET].' }, logprobs: null }])
})
