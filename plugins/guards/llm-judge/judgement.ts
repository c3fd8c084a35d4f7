import { createCheck } from '#core'

/** What a judge says of a text. */
export interface Judgement {
  readonly passed: boolean
  /** How sure it is, from 0 to 1. */
  readonly confidence: number | undefined
  /** The passages that it objects to, copied from the text. */
  readonly excerpts: readonly string[]
}

interface Answer {
  readonly passed?: boolean
  readonly confidence?: number
  readonly excerpts?: readonly string[]
  readonly toxic?: boolean
  readonly mentions_competitor?: boolean
  readonly contains_pii?: boolean
}

const boolean = { type: 'boolean' }
/** `passed`, or one of the names that prompts written for LangDB ask for. */
const NAMES = ['passed', 'toxic', 'mentions_competitor', 'contains_pii'] as const

const check = createCheck({
  type: 'object',
  anyOf: NAMES.map((name) => ({ required: [name] })),
  properties: {
    ...Object.fromEntries(NAMES.map((name) => [name, boolean])),
    confidence: { type: 'number', minimum: 0, maximum: 1 },
    excerpts: { type: 'array', items: { type: 'string' } },
  },
})

/** What the answer of a judge means; undefined when it is not what was asked for. */
export function readJudgement(said: string): Judgement | undefined {
  const answer = parse(withoutFence(said.trim()))
  if (check(answer).length > 0) return undefined
  const { passed, confidence, excerpts = [], ...other } = answer as Answer
  const isBad = other.toxic || other.mentions_competitor || other.contains_pii
  return { passed: passed ?? !isBad, confidence, excerpts }
}

/** How a judge is told to answer. */
export function answerRule(wantsExcerpts: boolean): string {
  const excerpts = wantsExcerpts
    ? ', "excerpts": [every passage that breaks the rule, copied exactly as it stands]'
    : ''
  return (
    'Answer with one JSON object and nothing else: {"passed": true or false, "confidence": how ' +
    `sure you are, from 0 to 1, "text": one sentence that says why without quoting the text${excerpts}}`
  )
}

/** The same as a JSON Schema, for models that can be held to one. */
export function answerSchema(wantsExcerpts: boolean): Record<string, unknown> {
  const properties = {
    passed: boolean,
    confidence: { type: 'number' },
    text: { type: 'string' },
    ...(wantsExcerpts ? { excerpts: { type: 'array', items: { type: 'string' } } } : {}),
  }
  const required = Object.keys(properties)
  return { type: 'object', additionalProperties: false, required, properties }
}

function withoutFence(text: string): string {
  if (!text.startsWith('```') || !text.endsWith('```') || text.length < 6) return text
  return text.slice(3, -3).replace(/^json\b/i, '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
