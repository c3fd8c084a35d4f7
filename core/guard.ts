import type { Exchange } from './exchange.ts'

/** A piece of text of the conversation, as the model or the caller sees it. */
export interface Segment {
  /** `system`, `user`, `assistant`, `tool`. */
  readonly role: string
  readonly kind: 'text' | 'tool_call' | 'tool_result' | 'tool_definition' | 'reasoning'
  readonly text: string
}

/** What a guard reads: the whole request, or the whole answer. */
export interface GuardContent {
  readonly stage: 'input' | 'output'
  readonly segments: readonly Segment[]
}

/** What a guard found. Returning nothing means: passed. */
export interface Verdict {
  /** `false` blocks the exchange. */
  readonly passed: boolean
  /** From 0 to 1. */
  readonly confidence?: number
  /** Why, in a sentence that the caller may read. */
  readonly text?: string
  /** Which guard it was; the core fills it in. */
  readonly guardId?: string
  /** New text by the index of its segment: redaction. */
  readonly replacements?: ReadonlyMap<number, string>
}

/**
 * A check of what goes to a model or comes from it. It fails closed: a fault or a time-out blocks,
 * unless `onError` allows.
 */
export interface Guard {
  readonly id: string
  readonly stage: 'input' | 'output' | 'both'
  /** `on-request`: only when the request names it in `extra.guards`. */
  readonly apply: 'always' | 'on-request'
  readonly onError?: 'block' | 'allow'
  readonly timeoutMs?: number
  check(
    content: GuardContent,
    context: GuardContext,
  ): Verdict | undefined | Promise<Verdict | undefined>
}

export interface GuardContext {
  /** What the request says in `extra.guards[].parameters`: overrides the guard's own. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly exchange: Exchange
  readonly signal: AbortSignal
}

/** The content as the guards of one stage see it in turn: each reads what the last one left. */
export class EditableContent implements GuardContent {
  readonly stage: 'input' | 'output'
  segments: readonly Segment[]
  readonly #changed = new Map<number, string>()

  constructor(stage: 'input' | 'output', segments: readonly Segment[]) {
    this.stage = stage
    this.segments = segments
  }

  /** New texts by index; empty when nothing was redacted. */
  get changed(): ReadonlyMap<number, string> {
    return this.#changed
  }

  apply(replacements: ReadonlyMap<number, string>): void {
    for (const [index, text] of replacements) this.#changed.set(index, text)
    this.segments = this.segments.map((segment, index) => {
      const text = replacements.get(index)
      return text === undefined ? segment : { ...segment, text }
    })
  }
}

/** A verdict in the words of the explain record. */
export function describeVerdict(verdict: Verdict): string {
  if (!verdict.passed) return `blocked: ${verdict.text ?? 'no reason given'}`
  return verdict.replacements?.size ? `redacted ${verdict.replacements.size}` : 'passed'
}
