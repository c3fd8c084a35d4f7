import type { Exchange } from './exchange.ts'
import type { MaybePromise } from './maybe-promise.ts'

export type GuardStage = 'input' | 'output'

/**
 * What becomes of what a guard finds. `validate` blocks the exchange, `redact` masks the spans,
 * `rewrite` takes the guard's own text, `observe` only records.
 */
export type GuardAction = 'validate' | 'redact' | 'rewrite' | 'observe'

export type SegmentKind =
  | 'text'
  /** The name of a speaker or of a tool. */
  | 'name'
  /** JSON: the arguments of a call. */
  | 'tool_call'
  | 'tool_result'
  /** JSON: a tool, with its description and the schema of its arguments. */
  | 'tool_definition'
  | 'reasoning'
  /** An image, a sound, a file: the text is its address or its name, `data` the `data:` URL. */
  | 'media'
  /** JSON: any other field of the request that reaches the model (`response_format`, `metadata`). */
  | 'parameter'

/** A piece of text of the conversation, as the model or the caller sees it. */
export interface Segment {
  /** `system`, `user`, `assistant`, `tool`. */
  readonly role: string
  readonly kind: SegmentKind
  readonly text: string
  /** What the text can not say: a `data:` URL. Only for `media`. */
  readonly data?: string
  /** How many characters at the start of the text were judged before: only in a stream's window. */
  readonly judged?: number
}

/** What a guard reads: the whole request, the whole answer, or the window of a streamed answer. */
export interface GuardContent {
  readonly stage: GuardStage
  readonly segments: readonly Segment[]
}

/** A place in a segment's text, in UTF-16 units as JavaScript counts them. */
export interface Span {
  /** The index of the segment. */
  readonly segment: number
  readonly start: number
  /** The index after the last character. */
  readonly end: number
  /** What was found, in words for the record: `EMAIL`. Never the text itself. */
  readonly label: string
  /** What `redact` writes in its place; `[LABEL]` when nothing is said. */
  readonly mask?: string
}

/** What a guard found. Returning nothing means: passed. */
export interface Verdict {
  /** `false` blocks the exchange under `validate`, and is masked under `redact`. */
  readonly passed: boolean
  /** From 0 to 1. */
  readonly confidence?: number
  /** Why, in a sentence that the caller may read: it must not quote what was found. */
  readonly text?: string
  /** Which guard it was; the core fills it in. */
  readonly guardId?: string
  /** What was found, and where. */
  readonly spans?: readonly Span[]
  /** New text by the index of its segment: for `rewrite`, and for what spans can not say. */
  readonly replacements?: ReadonlyMap<number, string>
}

/**
 * A check of what goes to a model or comes from it. It fails closed: a fault or a time-out blocks,
 * unless `onError` allows.
 */
export interface Guard {
  readonly id: string
  readonly stage: GuardStage | 'both'
  /** `on-request`: only when a request, a target or a policy names it. */
  readonly apply: 'always' | 'on-request'
  /** `validate` when nothing is said; replacements of a verdict that passed are applied all the same. */
  readonly action?: GuardAction
  readonly onError?: 'block' | 'allow'
  /** 10,000 when nothing is said. */
  readonly timeoutMs?: number
  /**
   * How many characters of a streamed answer must be held back to judge the one before them: the
   * longest match and one more. `all`, or nothing: the whole answer.
   */
  readonly holdback?: number | 'all'
  /** What it was made from; absent for a guard that is only code. */
  readonly settings?: GuardSettings
  /** A check that needs not wait returns its verdict without a promise. */
  check(content: GuardContent, context: GuardContext): MaybePromise<Verdict | undefined>
  /** The check with these parameters over the guard's own, where they are not only told to `check`. */
  with?(parameters: Readonly<Record<string, unknown>>, exchange: Exchange): GuardRule
}

/** What a guard does with one set of parameters. */
export type GuardRule = Pick<Guard, 'check' | 'holdback'>

export interface GuardContext {
  /** What the request says in `extra.guards[].parameters`. A kind of guards gets them in `create`. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly exchange: Exchange
  readonly signal: AbortSignal
}

/** A guard by its id, with parameters over its own. */
export interface GuardReference {
  readonly id: string
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** A guard as data: how the config file and the API declare one of a kind. */
export interface GuardSettings {
  readonly id: string
  /** The kind: `keywords`. */
  readonly type: string
  readonly name: string
  readonly description?: string | undefined
  /** The template it was made from. */
  readonly templateId?: string | undefined
  readonly stage: GuardStage | 'both'
  readonly action: GuardAction
  readonly apply: 'always' | 'on-request'
  readonly onError: 'block' | 'allow'
  readonly timeoutMs: number
  /** By their wire names: `match_type`. */
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What a guard did in one exchange, for the explain record and the ledger: never what it read. */
export interface GuardReport {
  readonly id: string
  readonly stage: GuardStage
  readonly action: GuardAction
  /** What it found, whatever became of it; false too when it failed and that blocked. */
  readonly passed: boolean
  readonly outcome: 'passed' | 'blocked' | 'redacted' | 'observed' | 'failed' | 'timed_out'
  readonly confidence: number | null
  /** How many spans of each label. */
  readonly labels: Readonly<Record<string, number>>
  readonly micros: number
}
