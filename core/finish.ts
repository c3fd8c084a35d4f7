import { estimateTokenCount } from 'tokenx'

import type { ModelFacts } from './catalogue.ts'
import type { TokenUsage } from './chat/completion.ts'
import { readRequest } from './chat/content.ts'
import { costOf, pinPrices, tenthOf } from './cost.ts'
import { endUserOf } from './end-user.ts'
import type { GatewayError } from './errors.ts'
import type { Arrival, LiveExchange, Target } from './exchange.ts'
import type { FactBook } from './fact-book.ts'
import type { Finished } from './finished.ts'
import type { Hooks } from './hooks.ts'
import type { MetricsKeeper } from './live-metrics.ts'
import type { OperationName } from './provider.ts'
import { inputTokens, toTokenClasses } from './token-classes.ts'
import type { ExchangeStatus, TokenClasses, UsageRecord } from './usage-record.ts'

/** How an exchange ended. */
export interface Outcome {
  readonly error?: GatewayError
  readonly target?: Target | undefined
  readonly usage?: TokenUsage | null | undefined
  readonly finishReason?: string | null | undefined
  /** `performance.now()` when the first byte left. */
  readonly firstByteMark?: number | undefined
  /** Characters that a stream had brought when it was cut, where the upstream told no usage. */
  readonly receivedCharacters?: number
  /** USD as a decimal string, where it is no matter of tokens: a tool. */
  readonly cost?: string | null
}

/** Makes the record of an exchange, once, whatever became of it. */
export interface Finisher {
  /** Writes the usage record: before the last byte leaves, so that a crash can not lose it. */
  record(arrival: Arrival, exchange: LiveExchange | undefined, outcome: Outcome): UsageRecord
  /** Lets the observers look, after the last byte. */
  observe(finished: Finished): void
  /** Waits for everything that is still being observed or kept. */
  settle(): Promise<void>
}

export function createFinisher(
  hooks: Hooks,
  catalogue: FactBook,
  metrics: MetricsKeeper,
): Finisher {
  const running = new Set<Promise<unknown>>()
  const track = (result: unknown): void => {
    if (!(result instanceof Promise)) return
    running.add(result)
    void result.finally(() => running.delete(result))
  }

  return {
    record(arrival, exchange, outcome) {
      if (exchange?.answering) metrics.end(exchange.answering)
      const record = toRecord(arrival, exchange, outcome, catalogue)
      if (arrival.operation !== 'execute_tool') metrics.record(record)
      track(hooks.usage(record))
      return record
    },
    observe(finished) {
      if (hooks.isUsed('postResponse')) track(hooks.postResponse(finished))
    },
    async settle() {
      while (running.size > 0) await Promise.allSettled(running)
    },
  }
}

function toRecord(
  arrival: Arrival,
  exchange: LiveExchange | undefined,
  outcome: Outcome,
  catalogue: FactBook,
): UsageRecord {
  const { target, error } = outcome
  const now = performance.now()
  const durationMs = now - arrival.startedMark
  const upstreamMs = exchange?.upstreamMs ?? 0
  const lastAttempt = exchange?.attempts.at(-1)
  const provider = target?.provider ?? lastAttempt?.provider ?? null
  const model = target?.model ?? lastAttempt?.model ?? null
  const tokens = tokensOf(exchange, outcome)
  const money =
    tokens && provider && model
      ? priceOf(tokens, catalogue.facts(provider, model, arrival.caller.projectId), exchange)
      : undefined
  const wantsExplain = arrival.headers['x-tapgate-explain'] !== undefined
  const { firstByteMark } = outcome
  const user = endUserOf(exchange?.request)

  return {
    requestId: arrival.id,
    traceId: arrival.traceId,
    threadId: arrival.threadId,
    runId: arrival.runId,
    operation: arrival.operation,
    purpose: arrival.purpose,
    parentId: arrival.parentId ?? null,
    startedAt: arrival.startedAt,
    caller: arrival.caller,
    userId: user.id,
    userName: user.name,
    userTags: user.tags,
    tags: exchange?.tags ?? {},
    label: headerText(arrival.headers['x-label']),
    cache: exchange?.cache ?? null,
    requestedModel: exchange?.request.model ?? null,
    provider,
    model,
    attempts: exchange?.attempts ?? [],
    status: statusOf(error),
    statusCode: error?.status ?? 200,
    errorCode: error?.code ?? null,
    isStream: exchange?.isStream ?? false,
    finishReason: outcome.finishReason ?? null,
    timeToFirstTokenMs:
      firstByteMark === undefined ? null : round(firstByteMark - arrival.startedMark),
    durationMs: round(durationMs),
    overheadMs: round(Math.max(0, (firstByteMark ?? now) - arrival.startedMark - upstreamMs)),
    tokens,
    tokensAreEstimated: tokens !== null && !outcome.usage,
    cost: money?.cost ?? outcome.cost ?? null,
    prices: money?.prices ?? null,
    guards: exchange?.guardLog?.reports() ?? null,
    explain: wantsExplain ? arrival.explain.entries() : null,
  }
}

/** What the upstream told, or for a stream that was cut an estimate of what it had used by then. */
function tokensOf(exchange: LiveExchange | undefined, outcome: Outcome): TokenClasses | null {
  if (outcome.usage) return toTokenClasses(outcome.usage)
  if (!exchange || !outcome.target || outcome.receivedCharacters === undefined) return null
  const text = readRequest(exchange.operation, exchange.request).map((segment) => segment.text)
  return {
    input: estimateTokenCount(text.join('\n')),
    cachedInput: 0,
    cacheWrite: 0,
    audioInput: 0,
    output: Math.ceil(outcome.receivedCharacters / 4),
    reasoning: 0,
    audioOutput: 0,
  }
}

function priceOf(
  tokens: TokenClasses,
  { prices: list }: ModelFacts,
  exchange: LiveExchange | undefined,
): Pick<UsageRecord, 'cost' | 'prices'> | undefined {
  if (!list) return undefined
  const prices = pinPrices(list, inputTokens(tokens))
  const cost = costOf(tokens, prices)
  return { cost: exchange?.cache === 'HIT' ? tenthOf(cost) : cost, prices }
}

function statusOf(error: GatewayError | undefined): ExchangeStatus {
  if (!error) return 'success'
  if (error.code === 'guardrail_blocked') return 'blocked'
  if (error.code === 'client_closed_request') return 'cancelled'
  const isUpstreams = 'upstream_status' in error.details
  return error.status < 500 && !isUpstreams ? 'refused' : 'error'
}

export function headerText(value: string | string[] | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 256) : null
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/** The reason of an answer's or a chunk's first choice. */
export function finishReasonOf(answer: { choices?: unknown }): string | null {
  const [first] = Array.isArray(answer.choices)
    ? (answer.choices as { finish_reason?: unknown }[])
    : []
  return typeof first?.finish_reason === 'string' ? first.finish_reason : null
}

/** Whether an operation's answer holds text that is streamed. */
export function canStream(operation: OperationName): boolean {
  return operation !== 'embeddings'
}
