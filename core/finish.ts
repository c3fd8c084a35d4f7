import type { ModelFacts } from './catalogue.ts'
import type { TokenUsage } from './chat/completion.ts'
import { tenthOf } from './cost.ts'
import { endUserOf } from './end-user.ts'
import type { GatewayError } from './errors.ts'
import type { Arrival } from './exchange.ts'
import type { FactBook } from './fact-book.ts'
import type { Finished } from './finished.ts'
import type { Hooks } from './hooks.ts'
import type { LiveExchange } from './live-exchange.ts'
import type { MetricsKeeper } from './live-metrics.ts'
import type { OperationName } from './provider.ts'
import { Roster } from './roster.ts'
import { priceOf, spentIn, type Spent, type Turn } from './spent.ts'
import type { Target } from './target.ts'
import type { ExchangeStatus, UsageRecord } from './usage-record.ts'

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
  const running = new Roster<Promise<unknown>>()
  const track = (result: unknown): void => {
    if (!(result instanceof Promise)) return
    const place = running.add(result)
    void result.finally(() => running.remove(place))
  }

  let ended: Finished[] = []
  const observeAll = (): void => {
    const all = ended
    ended = []
    for (const finished of all) track(hooks.postResponse(finished))
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
      if (!hooks.isUsed('postResponse')) return
      ended.push(finished)
      // What ends together is looked at together, as in `turnFor`.
      if (ended.length === 1) queueMicrotask(observeAll)
    },
    async settle() {
      observeAll()
      while (running.first) await Promise.allSettled(running.all())
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
  const spent = spentIn(arrival.operation, turnsOf(exchange, outcome))
  const { tokens } = spent
  const money =
    tokens && provider && model
      ? moneyOf(spent, catalogue.facts(provider, model, arrival.caller.projectId), exchange)
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
    tokensAreEstimated: spent.areEstimated,
    cost: money?.cost ?? outcome.cost ?? null,
    prices: money?.prices ?? null,
    guards: exchange?.guardLog?.reports() ?? null,
    explain: wantsExplain ? arrival.explain.entries() : null,
  }
}

/** The turns of an exchange: one, unless the gateway ran tools between them. */
function turnsOf(exchange: LiveExchange | undefined, outcome: Outcome): readonly Turn[] {
  if (exchange?.toolUse) return exchange.toolUse.turns
  const { usage, target } = outcome
  const received = outcome.receivedCharacters ?? uncounted(exchange)
  return [{ request: exchange?.request, usage, receivedCharacters: target && received }]
}

/** Vectors have no characters: of what made them, the input can be estimated. */
function uncounted(exchange: LiveExchange | undefined): number | undefined {
  return exchange?.operation === 'embeddings' ? 0 : undefined
}

function moneyOf(
  spent: Spent,
  { prices }: ModelFacts,
  exchange: LiveExchange | undefined,
): Pick<UsageRecord, 'cost' | 'prices'> | undefined {
  if (!prices) return undefined
  const price = priceOf(spent, prices)
  return exchange?.cache === 'HIT' ? { ...price, cost: tenthOf(price.cost) } : price
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
