import type { Attempt } from '../attempt.ts'
import type { ErrorCode } from '../errors.ts'
import { inputTokens, outputTokens } from '../token-classes.ts'
import type { TokenClasses } from '../token-classes.ts'

/** What of an exchange is measured: a part of its usage record, and of what the ledger keeps. */
export interface MeasuredExchange {
  /** As a Date, or in epoch milliseconds. */
  readonly startedAt: number | Date
  readonly durationMs: number
  readonly isStream: boolean
  readonly errorCode: string | null
  readonly attempts: readonly Attempt[]
  /** Null when they are unknown. */
  readonly tokens: TokenClasses | null
  /** USD as a decimal string; null when it is unknown. */
  readonly cost: string | null
}

/** What one call tells of its target. What is unknown is null. */
export interface Sample {
  readonly provider: string
  readonly model: string
  /** When it ended, in epoch milliseconds. */
  readonly atMs: number
  readonly isError: boolean
  readonly latencyMs: number | null
  readonly ttftMs: number | null
  readonly tokens: { readonly input: number; readonly output: number } | null
  readonly costUsd: number | null
}

/**
 * Faults that a target has to answer for. Not what the caller did wrong, what a guard blocked, a
 * client that left, or a call that was never made.
 */
export const TARGET_FAULTS: ReadonlySet<string> = new Set<ErrorCode>([
  'upstream_error',
  'upstream_timeout',
  'invalid_upstream_response',
  'provider_authentication_error',
  'provider_rate_limited',
  'overloaded',
  'internal_error',
])

/** One sample for each call that tells something of its target. An answer from a cache tells nothing. */
export function samplesOf(exchange: MeasuredExchange): readonly Sample[] {
  const { attempts } = exchange
  const samples: Sample[] = []
  for (let at = 0; at < attempts.length; at++) {
    const attempt = attempts[at]!
    const isLast = at === attempts.length - 1
    const sample =
      attempt.errorCode !== undefined
        ? failed(attempt, attempt.errorCode)
        : isLast
          ? answered(attempt, exchange)
          : sampleOf(attempt, { latencyMs: attempt.durationMs })
    if (sample) samples.push(sample)
  }
  return samples
}

/** Failing fast must not look fast, but whoever waited for nothing did wait. */
function failed(attempt: Attempt, errorCode: string): Sample | undefined {
  if (!TARGET_FAULTS.has(errorCode)) return undefined
  const latencyMs = errorCode === 'upstream_timeout' ? attempt.durationMs : null
  return sampleOf(attempt, { isError: true, latencyMs })
}

/** The call that answered: until its last byte, the tries before it not counted. */
function answered(attempt: Attempt, exchange: MeasuredExchange): Sample | undefined {
  const { startedAt, durationMs, isStream, errorCode, attempts, tokens, cost } = exchange
  if (errorCode === 'client_closed_request' || errorCode === 'shutting_down') return undefined
  if (errorCode !== null && TARGET_FAULTS.has(errorCode)) return failed(attempt, errorCode)
  const untilEndMs = Number(startedAt) + durationMs - attempt.startedAt
  const latencyMs = isStream ? Math.max(untilEndMs, attempt.durationMs) : attempt.durationMs
  // What several turns used together tells nothing of one call.
  if (isLaterTurn(attempt, attempts)) {
    return sampleOf(attempt, { latencyMs, ttftMs: attempt.durationMs })
  }
  return sampleOf(attempt, {
    latencyMs,
    ttftMs: attempt.durationMs,
    tokens: tokens && { input: inputTokens(tokens), output: outputTokens(tokens) },
    costUsd: cost === null ? null : Number(cost),
  })
}

/** Whether the target answered in the same exchange before: the gateway ran tools in between. */
function isLaterTurn(attempt: Attempt, attempts: readonly Attempt[]): boolean {
  return attempts.some(
    (other) =>
      other !== attempt &&
      other.errorCode === undefined &&
      other.provider === attempt.provider &&
      other.model === attempt.model,
  )
}

function sampleOf(attempt: Attempt, known: Partial<Sample>): Sample {
  const { provider, model, startedAt, durationMs } = attempt
  return {
    provider,
    model,
    atMs: startedAt + (known.latencyMs ?? durationMs),
    isError: known.isError ?? false,
    latencyMs: known.latencyMs ?? null,
    ttftMs: known.ttftMs ?? null,
    tokens: known.tokens ?? null,
    costUsd: known.costUsd ?? null,
  }
}
