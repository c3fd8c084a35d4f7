import type { Attempt } from './attempt.ts'
import type { Caller } from './caller.ts'
import type { ExplainEntry } from './explain.ts'
import type { GuardReport } from './guard.ts'
import type { OperationName } from './provider.ts'
import type { Purpose } from './purpose.ts'
import type { TokenClasses } from './token-classes.ts'

/** USD per 1,000,000 tokens, as they were when the exchange ended. */
export interface PinnedPrices {
  readonly input: number
  readonly output: number
  readonly cachedInput: number
  readonly cacheWrite: number
  readonly cacheWrite1h: number
  readonly audioInput: number
  readonly audioOutput: number
  /** USD for each request, beside its tokens. */
  readonly perRequest: number
}

export type ExchangeStatus =
  /** Served. */
  | 'success'
  /** A provider, a plugin or the gateway failed. */
  | 'error'
  /** The request was not accepted: a bad body, a limit, a budget. */
  | 'refused'
  /** A guard blocked it. */
  | 'blocked'
  /** The client went away. */
  | 'cancelled'

/** What is left of an exchange: ids and numbers, never prompts. One for each, exactly once. */
export interface UsageRecord {
  readonly requestId: string
  readonly traceId: string
  readonly threadId: string
  readonly runId: string
  readonly operation: OperationName
  readonly purpose: Purpose
  /** The exchange for whose sake the gateway asked. */
  readonly parentId: string | null
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly caller: Caller
  readonly userId: string | null
  readonly userName: string | null
  readonly userTags: readonly string[] | null
  readonly tags: Readonly<Record<string, string>>
  readonly label: string | null
  /** The caller's cost: what a cached answer costs is a part of what the model would. */
  readonly cache: 'HIT' | 'MISS' | null
  /** As the client wrote it. Null when the body could not be read. */
  readonly requestedModel: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly attempts: readonly Attempt[]
  readonly status: ExchangeStatus
  readonly statusCode: number
  readonly errorCode: string | null
  readonly isStream: boolean
  readonly finishReason: string | null
  /** To the first byte of the answer; null when there was none. */
  readonly timeToFirstTokenMs: number | null
  readonly durationMs: number
  /** Time spent in the gateway, the upstream's taken off. */
  readonly overheadMs: number
  /** Null when no model was reached. */
  readonly tokens: TokenClasses | null
  /** The upstream told no usage (a client that left): counted by the gateway, nearly right. */
  readonly tokensAreEstimated: boolean
  /** USD as a decimal string. Null when it is unknown, never 0 for unknown. */
  readonly cost: string | null
  readonly prices: PinnedPrices | null
  /** What the guards did, each once for each stage. Null when none ran. */
  readonly guards: readonly GuardReport[] | null
  /** Kept where the request asked for it. */
  readonly explain: readonly ExplainEntry[] | null
}
