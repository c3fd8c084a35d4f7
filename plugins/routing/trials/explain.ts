import { isOn, type Caller, type LiveMetrics, type OperationName, type PluginHost } from '#core'
import type { ExplainEntry, ModelFacts, Target } from '#core'

/** A request to be explained: as a client would send it. */
export interface Question {
  readonly operation: OperationName
  readonly request: unknown
  readonly headers: Readonly<Record<string, string>>
  readonly caller: Caller
  readonly signal?: AbortSignal
}

/** Where a request would go now, in the order of the tries, and who decided so. */
export interface Explanation {
  readonly targets: readonly ExplainedTarget[]
  readonly steps: readonly ExplainEntry[]
}

export interface ExplainedTarget {
  readonly provider: string
  readonly model: string
  /** Fields of the request that this target overrides. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** Whether it can be called: `resting` after many faults, `off` without a key or an address. */
  readonly state: 'ready' | 'resting' | 'off'
  /** What to do about a provider that is off. */
  readonly hint: string | null
  /** USD per 1,000,000 tokens of each class. Null when they are unknown. */
  readonly prices: ModelFacts['prices'] | null
  /** Tokens. */
  readonly context_window: number | null
  /** The last hour of it; null when nothing was asked of it. */
  readonly metrics: TargetMetrics | null
}

export interface TargetMetrics {
  readonly requests: number | null
  /** From 0 to 1. */
  readonly error_rate: number | null
  /** The mean, in milliseconds. */
  readonly latency: number | null
  readonly ttft: number | null
  /** Calls that are under way in this process. */
  readonly in_flight: number
}

export type ExplainParts = Pick<PluginHost<unknown>, 'tryRoute' | 'models' | 'isResting'> & {
  readonly metrics: LiveMetrics
}

/** Routes a request as it would be routed now, and calls nobody. Throws what its sender would get. */
export async function explain(question: Question, parts: ExplainParts): Promise<Explanation> {
  const { targets, steps } = await parts.tryRoute(question)
  return { targets: targets.map((target) => toExplained(target, parts)), steps }
}

function toExplained(target: Target, parts: ExplainParts): ExplainedTarget {
  const provider = parts.models.provider(target.provider)
  const isOff = provider === undefined || !isOn(provider)
  const { prices, contextWindow } = parts.models.facts(target)
  return {
    provider: target.provider,
    model: target.model,
    parameters: target.parameters ?? {},
    state: isOff ? 'off' : parts.isResting(target.provider) ? 'resting' : 'ready',
    hint: isOff ? (provider?.hint ?? null) : null,
    prices: prices ?? null,
    context_window: contextWindow ?? null,
    metrics: metricsOf(target, parts.metrics),
  }
}

function metricsOf(target: Target, metrics: LiveMetrics): TargetMetrics | null {
  const measured = metrics.of(target, 'last_hour')
  if (!measured) return null
  return {
    requests: measured.read('requests'),
    error_rate: measured.read('error_rate'),
    latency: measured.read('latency'),
    ttft: measured.read('ttft'),
    in_flight: metrics.inFlight(target),
  }
}
