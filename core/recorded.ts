import type { Attempt } from './attempt.ts'
import type { AnyAnswer, AnyRequest, InferenceName } from './provider.ts'
import type { TokenClasses } from './token-classes.ts'
import type { ExchangeStatus } from './usage-record.ts'

/** Which requests of one project to read. What is left out does not narrow it. */
export interface RecordedQuery {
  readonly projectId: string
  /** Requests that arrived then or later. */
  readonly since: Date
  /** Requests that arrived before; without it, up to now. */
  readonly until?: Date | undefined
  /** As the client asked for it, or as it answered: `gpt-5-mini` as well as `openai/gpt-5-mini`. */
  readonly model?: string | undefined
  readonly provider?: string | undefined
  readonly userId?: string | undefined
  /** A tag's name and value; a tag without a value has `-`. */
  readonly tag?: readonly [name: string, value: string] | undefined
  readonly status?: ExchangeStatus | undefined
  /** The first so many of them. */
  readonly limit?: number | undefined
}

/** A request that was served, with what was said where that is kept. */
export interface RecordedExchange {
  readonly requestId: string
  readonly startedAt: Date
  readonly operation: InferenceName
  /** As the client wrote it. Null when the body could not be read. */
  readonly requestedModel: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly status: ExchangeStatus
  readonly statusCode: number
  readonly errorCode: string | null
  readonly isStream: boolean
  /** USD as a decimal string. Null when it is unknown. */
  readonly cost: string | null
  readonly durationMs: number
  readonly timeToFirstTokenMs: number | null
  /** Null when no model was reached. */
  readonly tokens: TokenClasses | null
  readonly tags: Readonly<Record<string, string>>
  readonly userId: string | null
  readonly label: string | null
  readonly attempts: readonly Attempt[]
  /** As the input guards left it, with secrets masked. Undefined where it was not kept, or not whole. */
  readonly request: AnyRequest | undefined
  /** As the caller got it, with secrets masked. Undefined where it was not kept, or not whole. */
  readonly answer: AnyAnswer | undefined
}
