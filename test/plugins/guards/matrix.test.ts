import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { defineGuard, type GuardKind, type PluginEntry, type UsageRecord } from '#core'
import { codeBlock } from '#plugins/guards/code-block'
import { competitors } from '#plugins/guards/competitors'
import { jsonSchema } from '#plugins/guards/json-schema'
import { keywords } from '#plugins/guards/keywords'
import { language } from '#plugins/guards/language'
import { length } from '#plugins/guards/length'
import { pii } from '#plugins/guards/pii'
import { profanity } from '#plugins/guards/profanity'
import { promptInjection } from '#plugins/guards/prompt-injection'
import { regex } from '#plugins/guards/regex'
import { secrets } from '#plugins/guards/secrets'
import { topic } from '#plugins/guards/topic'
import { urlAllowlist } from '#plugins/guards/url-allowlist'
import { wordCount } from '#plugins/guards/word-count'

import { type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { DONE, startBehind } from '../../helpers/openai.ts'
import { json, sse } from '../../helpers/upstream.ts'

/** Stands in what is asked and in what is answered; no guard may let it through. */
const SECRET = 'zanzibar-4711'
const CLEAN = 'a quiet afternoon'

type Operation = 'chat' | 'completions' | 'embeddings'
type Stage = 'input' | 'output'

const PATHS = {
  chat: '/v1/chat/completions',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
} as const

type Fault = 'crash' | 'late crash' | 'time-out'

/** A guard that can not do its work, and whose faults tell of what it read. */
const faulty = defineGuard({
  type: 'faulty',
  title: 'Faulty',
  summary: 'For tests.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['how'],
    properties: { how: { enum: ['crash', 'late crash', 'time-out'] } },
  },
  actions: ['validate', 'redact', 'rewrite', 'observe'],
  create: ({ how }) => ({
    holdback: 8,
    check(content, { signal }) {
      const text = content.segments.map((segment) => segment.text).join('\n')
      if (how === 'crash') throw new Error(`I can not read ${text}`)
      if (how === 'late crash') return Promise.reject(new Error(`I can not read ${text}`))
      return sleep(60_000, undefined, { signal })
    },
  }),
})

interface KindCase {
  readonly name: string
  readonly cases: readonly (keyof typeof OUTCOMES)[]
  /** What it finds, and what it writes in its place. */
  readonly secret?: string
  readonly mask?: string
  readonly declare: (action: 'validate' | 'redact' | 'observe', stage: Stage) => PluginEntry
}

const FINDS: KindCase['cases'] = ['pass', 'block', 'redact', 'observe']
const JUDGES: KindCase['cases'] = ['pass', 'block', 'observe']
type Judging = 'validate' | 'observe'

/** The real kinds, each with what makes it find the secret, and what it can do then. */
const KINDS: readonly KindCase[] = [
  {
    name: 'keywords',
    cases: FINDS,
    mask: '***',
    declare: (action, stage) => keywords({ words: [SECRET], action, stage }),
  },
  {
    name: 'regex in a window',
    cases: FINDS,
    mask: '***',
    declare: (action, stage) =>
      regex({ patterns: ['zanzibar-\\d{4}'], matchType: 'none', action, stage }),
  },
  {
    name: 'regex without a greatest length',
    cases: FINDS,
    mask: '***',
    declare: (action, stage) =>
      regex({ patterns: ['zanzibar-\\d+'], matchType: 'none', action, stage }),
  },
  {
    name: 'pii',
    cases: FINDS,
    secret: 'ann.zanzibar@example.com',
    mask: '[EMAIL]',
    declare: (action, stage) => pii({ action, stage }),
  },
  {
    name: 'secrets',
    cases: FINDS,
    secret: 'AKIAZ4NZ2BAR4722ABCD',
    declare: (action, stage) => secrets({ action, stage }),
  },
  {
    name: 'profanity',
    cases: FINDS,
    secret: 'zanzibarf',
    declare: (action, stage) => profanity({ words: ['zanzibarf'], action, stage }),
  },
  {
    name: 'competitors',
    cases: FINDS,
    declare: (action, stage) => competitors({ competitors: [SECRET], action, stage }),
  },
  {
    name: 'url-allowlist',
    cases: FINDS,
    secret: 'https://zanzibar.example/4711',
    declare: (action, stage) => urlAllowlist({ allowedHosts: ['example.com'], action, stage }),
  },
  {
    name: 'code-block',
    cases: FINDS,
    secret: '`zanzibar()`',
    declare: (action, stage) => codeBlock({ inline: true, action, stage }),
  },
  {
    name: 'prompt-injection',
    cases: ['pass', 'block', 'observe'],
    declare: (action, stage) => promptInjection({ detectionPatterns: [SECRET], action, stage }),
  },
  {
    name: 'length',
    cases: JUDGES,
    declare: (action, stage) => length({ maxWords: 3, action: action as Judging, stage }),
  },
  {
    name: 'word-count',
    cases: JUDGES,
    declare: (action, stage) =>
      wordCount({ minWords: 0, maxWords: 3, action: action as Judging, stage }),
  },
  {
    name: 'topic',
    cases: JUDGES,
    declare: (action, stage) =>
      topic({
        forbiddenTopics: ['islands'],
        topicWords: { islands: ['zanzibar'] },
        action: action as Judging,
        stage,
      }),
  },
  {
    name: 'language',
    cases: JUDGES,
    secret: 'und das ist nicht die Sprache, die wir hier sprechen wollen, sondern eine andere',
    declare: (action, stage) =>
      language({ allowedLanguages: ['English'], action: action as Judging, stage }),
  },
  {
    name: 'json-schema',
    cases: ['block', 'observe'],
    declare: (action, stage) =>
      jsonSchema({ schema: { type: 'object' }, action: action as Judging, stage }),
  },
]

interface Cell {
  readonly operation: Operation
  readonly isStream: boolean
  readonly stage: Stage
}

const CELLS: readonly Cell[] = (['chat', 'completions', 'embeddings'] as const).flatMap(
  (operation) =>
    [false, true].flatMap((isStream) =>
      (['input', 'output'] as const).map((stage) => ({ operation, isStream, stage })),
    ),
)

function nameOf({ operation, isStream, stage }: Cell): string {
  return `${operation}${isStream ? ', streamed' : ''}, ${stage}`
}

/** A gateway with the guard before a model that answers this, in pieces of three characters. */
async function send(
  cell: Cell,
  plugins: readonly PluginEntry[],
  texts: { readonly asked: string; readonly answered: string },
): Promise<{
  readonly answer: TestAnswer
  readonly sent: string
  readonly traces: string
  readonly gateway: TestGateway
}> {
  const { operation } = cell
  await using both = await startBehind(
    ({ body }) =>
      body.stream && operation !== 'embeddings'
        ? sse(events(operation, texts.answered))
        : json(whole(operation, texts.answered)),
    { plugins },
  )
  const { gateway, upstream } = both
  const answer = await gateway.post(PATHS[operation], bodyOf(cell, texts.asked), {
    'x-tapgate-explain': '1',
  })
  await gateway.ended(1)
  const id = answer.headers.get('x-request-id')
  const explained = await gateway.get(`/api/requests/${id}/explain`)
  return {
    answer,
    gateway,
    sent: upstream.requests.map(({ bytes }) => bytes.toString()).join('\n'),
    traces: [
      ...gateway.logs,
      JSON.stringify(gateway.records),
      explained.text,
      [...answer.headers].join('\n'),
    ].join('\n'),
  }
}

function bodyOf({ operation, isStream }: Cell, text: string): object {
  const common = { model: 'up/m', ...(isStream ? { stream: true } : {}) }
  if (operation === 'embeddings') return { ...common, input: [CLEAN, text] }
  if (operation === 'completions') return { ...common, prompt: text }
  return { ...common, messages: [{ role: 'user', content: text }] }
}

const BASE = { id: 'a1', created: 1, model: 'm' }
const USAGE = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 }

function whole(operation: Operation, text: string): object {
  if (operation === 'embeddings') {
    const data = [{ object: 'embedding', index: 0, embedding: [0.5] }]
    return { object: 'list', data, model: 'm', usage: { prompt_tokens: 1, total_tokens: 1 } }
  }
  const end = { index: 0, finish_reason: 'stop', logprobs: null }
  if (operation === 'completions') {
    return { ...BASE, object: 'text_completion', choices: [{ ...end, text }], usage: USAGE }
  }
  const message = { role: 'assistant', content: text }
  return { ...BASE, object: 'chat.completion', choices: [{ ...end, message }], usage: USAGE }
}

function events(operation: Operation, text: string): string[] {
  const chunk = (choice: object): string => {
    const object = operation === 'chat' ? 'chat.completion.chunk' : 'text_completion'
    const choices = [{ index: 0, logprobs: null, finish_reason: null, ...choice }]
    return `data: ${JSON.stringify({ ...BASE, object, choices })}\n\n`
  }
  const said = (piece: string): object =>
    operation === 'chat' ? { delta: { content: piece } } : { text: piece }
  const pieces = text.match(/.{1,3}/g) ?? []
  return [
    ...pieces.map((piece) => chunk(said(piece))),
    chunk({ ...said(''), finish_reason: 'stop' }),
    DONE,
  ]
}

/** What the caller was told, however it came. */
function told({ text }: TestAnswer): string {
  const pieces = text.split('\n\n').flatMap((frame) => {
    if (!frame.startsWith('data: {')) return []
    const event = JSON.parse(frame.slice(6))
    return [event.choices?.[0]?.delta?.content ?? event.choices?.[0]?.text ?? '']
  })
  return pieces.length > 0 ? pieces.join('') : text
}

function wasBlocked({ status, text }: TestAnswer): boolean {
  return status === 446 || text.includes('"code":"guardrail_blocked"')
}

/** An embedding is no text: there is nothing for a guard to read in it. */
const hasText = ({ operation, stage }: Cell): boolean =>
  operation !== 'embeddings' || stage === 'input'

const OUTCOMES = {
  pass: 'passed',
  block: 'blocked',
  redact: 'redacted',
  observe: 'observed',
} as const

interface Left {
  readonly secret: string
  readonly mask: string | undefined
  /** What reached the other side: the model at the input, the caller at the output. */
  readonly left: string
  readonly sent: string
  readonly stage: Stage
  readonly record: UsageRecord | undefined
}

/** What must be true of what is left of a text that holds the secret, by what the guard did. */
const EXPECTED: Readonly<Record<keyof typeof OUTCOMES, (left: Left) => void>> = {
  pass: ({ left, secret }) => expect(left).not.toContain(secret),
  block({ left, secret, sent, stage, record }) {
    expect(left).not.toContain(secret)
    expect(sent === '').toBe(stage === 'input')
    expect(record).toMatchObject({ status: 'blocked', errorCode: 'guardrail_blocked' })
  },
  redact({ left, secret, mask }) {
    expect(left).not.toContain(secret)
    expect(left).toMatch(/a quiet afternoon in \S+ it was/)
    expect(left).toContain(mask ?? '')
  },
  observe: ({ left, secret }) =>
    expect(left).toContain(JSON.stringify(`${CLEAN} in ${secret} it was`).slice(1, -1)),
}

describe.each(KINDS)('$name', ({ cases, declare, secret = SECRET, mask }) => {
  describe.each(CELLS.filter(hasText).map((cell) => [nameOf(cell), cell] as const))(
    '%s',
    (_name, cell) => {
      const { stage } = cell
      const dirty = `${CLEAN} in ${secret} it was`
      const hidden =
        stage === 'input' ? { asked: dirty, answered: CLEAN } : { asked: CLEAN, answered: dirty }

      it.each(cases)('%s', async (one) => {
        const action = one === 'redact' || one === 'observe' ? one : 'validate'
        const texts = one === 'pass' ? { asked: CLEAN, answered: CLEAN } : hidden
        const { answer, sent, traces, gateway } = await send(cell, [declare(action, stage)], texts)
        const [record] = gateway.records
        expect(wasBlocked(answer)).toBe(one === 'block')
        expect(traces).not.toContain(secret)
        expect(record?.guards).toMatchObject([{ stage, action, outcome: OUTCOMES[one] }])
        const left = stage === 'input' ? sent : told(answer)
        EXPECTED[one]({ secret, mask, left, sent, stage, record })
      })
    },
  )
})

it('has every kind that judges without a network', async () => {
  const folder = new URL('../../../plugins/guards/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  const found = await Promise.all(
    files.map(async (file) => {
      const given = (await import(new URL(file, folder).href)) as Record<string, unknown>
      return Object.values(given).flatMap((value) => kindOf(value) ?? [])
    }),
  )
  // Those that ask somebody are given more time.
  const local = found.flat().filter(({ defaults }) => defaults.timeoutMs < 1000)
  const covered = KINDS.map(({ name }) => name.split(' ')[0]?.replaceAll('-', '_'))
  expect(covered).toEqual(expect.arrayContaining(local.map(({ type }) => type)))
  expect(local.length).toBeGreaterThan(10)
})

function kindOf(value: unknown): GuardKind | undefined {
  return typeof value === 'function' && 'kind' in value ? (value.kind as GuardKind) : undefined
}

describe.each(CELLS.filter(hasText).map((cell) => [nameOf(cell), cell] as const))(
  'a guard that fails, %s',
  (_name, cell) => {
    const texts =
      cell.stage === 'input'
        ? { asked: `It is ${SECRET}.`, answered: CLEAN }
        : { asked: CLEAN, answered: `It is ${SECRET}.` }
    const outcome = { crash: 'failed', 'late crash': 'failed', 'time-out': 'timed_out' } as const

    it.each(['crash', 'late crash', 'time-out'] as const)('by a %s blocks', async (how: Fault) => {
      for (const action of ['validate', 'redact', 'rewrite'] as const) {
        const guard = faulty({ how, action, stage: cell.stage, timeoutMs: 20 })
        const { answer, sent, traces, gateway } = await send(cell, [guard], texts)
        expect(wasBlocked(answer)).toBe(true)
        for (const text of [told(answer), traces, sent]) expect(text).not.toContain(SECRET)
        expect(gateway.records[0]).toMatchObject({
          status: 'blocked',
          guards: [{ id: 'faulty', action, outcome: outcome[how], passed: false }],
        })
        expect(gateway.logs.join('')).toContain('A guard failed.')
      }
    })

    it.each(['crash', 'late crash', 'time-out'] as const)(
      'by a %s lets pass where it is told to, or only observes',
      async (how: Fault) => {
        const lenient = faulty({ how, stage: cell.stage, timeoutMs: 20, onError: 'allow' })
        const observing = faulty({ how, action: 'observe', stage: cell.stage, timeoutMs: 20 })
        for (const guard of [lenient, observing]) {
          const { answer, traces, gateway } = await send(cell, [guard], texts)
          expect(answer.status).toBe(200)
          expect(wasBlocked(answer)).toBe(false)
          expect(traces).not.toContain(SECRET)
          expect(gateway.records[0]?.guards).toMatchObject([
            { id: 'faulty', outcome: outcome[how] },
          ])
        }
      },
    )
  },
)
