import type { MetricName, MetricWindow } from './live-metrics/metric-names.ts'
import { samplesOf, type MeasuredExchange } from './live-metrics/samples.ts'
import { toSnapshotWindows, type MetricsSnapshot } from './live-metrics/snapshot.ts'
import { TargetMetrics } from './live-metrics/target-metrics.ts'
import type { Target } from './target.ts'

/** A provider's model, whatever a target says beside it. */
export type MetricTarget = Pick<Target, 'provider' | 'model'>

/** What was measured of a target in one window of time. */
export interface Measurements {
  /** Null when it was never seen: no answer told its tokens, every try failed. */
  read(name: MetricName): number | null
}

/**
 * How the models have done lately, over all projects, and over all gateways that share a ledger.
 * Cheap enough to be asked for every request. Windows slide by whole minutes: the last hour is this
 * minute and the 59 before it.
 */
export interface LiveMetrics {
  /** Undefined when nothing was asked of the target in this time. */
  of(target: MetricTarget, window: MetricWindow): Measurements | undefined
  /** Calls of this process that the target has not finished yet. */
  inFlight(target: MetricTarget): number
  /** The models of a provider of which anything is known. */
  modelsOf(provider: string): readonly string[]
  /** The providers that have a model of this name of which anything is known. */
  providersOf(model: string): readonly string[]
  /** All of it as router scripts get it; made at most once a second. */
  snapshot(): MetricsSnapshot
}

/** Live metrics as the core writes them. */
export interface MetricsKeeper extends LiveMetrics {
  /** A call of the target begins; each needs its `end`. */
  begin(target: MetricTarget): void
  end(target: MetricTarget): void
  /** Takes in what an exchange tells of the targets it tried. */
  record(exchange: MeasuredExchange): void
}

/** Beyond these, the target that was silent for the longest time is forgotten. */
const MOST_TARGETS = 2000
const SNAPSHOT_MS = 1000

/** Keeps metrics in memory; the clock tells epoch milliseconds. */
export function createLiveMetrics(clock: { now(): number } = Date): MetricsKeeper {
  const providers = new Map<string, Map<string, TargetMetrics>>()
  const inFlight = new Map<string, Map<string, number>>()
  let targetCount = 0
  let snapshot: { readonly madeMs: number; readonly value: MetricsSnapshot } | undefined

  function metricsOf({ provider, model }: MetricTarget): TargetMetrics {
    let models = providers.get(provider)
    if (!models) providers.set(provider, (models = new Map()))
    const known = models.get(model)
    if (known) return known
    if (targetCount >= MOST_TARGETS) forgetOldest()
    const metrics = new TargetMetrics()
    models.set(model, metrics)
    targetCount += 1
    return metrics
  }

  function forgetOldest(): void {
    const all = [...providers.values()].flatMap((models) =>
      [...models].map(([model, { latestMs }]) => ({ models, model, latestMs })),
    )
    const oldest = all.reduce((a, b) => (b.latestMs < a.latestMs ? b : a))
    oldest.models.delete(oldest.model)
    targetCount -= 1
  }

  /** An entry stays when nothing is under way: to come and go with each call makes work for the collector. */
  function countInFlight(target: MetricTarget, change: 1 | -1): void {
    const { provider, model } = target
    let models = inFlight.get(provider)
    if (!models) inFlight.set(provider, (models = new Map()))
    const count = Math.max(0, (models.get(model) ?? 0) + change)
    if (count > 0 || models.size <= MOST_TARGETS) models.set(model, count)
    else models.delete(model)
  }

  function inFlightOf({ provider, model }: MetricTarget): number {
    return inFlight.get(provider)?.get(model) ?? 0
  }

  function takeSnapshot(): MetricsSnapshot {
    const entries = [...providers].map(([provider, models]) => [
      provider,
      {
        models: Object.fromEntries(
          [...models].map(([model, metrics]) => [
            model,
            {
              metrics: toSnapshotWindows({
                of: (window) => metrics.of(window, clock.now()),
                inFlight: inFlightOf({ provider, model }),
              }),
            },
          ]),
        ),
      },
    ])
    return Object.fromEntries(entries) as MetricsSnapshot
  }

  return {
    begin: (target) => countInFlight(target, 1),
    end: (target) => countInFlight(target, -1),
    record(exchange) {
      const nowMs = clock.now()
      for (const sample of samplesOf(exchange)) metricsOf(sample).add(sample, nowMs)
    },
    of: ({ provider, model }, window) =>
      providers.get(provider)?.get(model)?.of(window, clock.now()),
    inFlight: inFlightOf,
    modelsOf: (provider) => [...(providers.get(provider)?.keys() ?? [])],
    providersOf: (model) =>
      [...providers].filter(([, models]) => models.has(model)).map(([provider]) => provider),
    snapshot() {
      const madeMs = clock.now()
      if (!snapshot || madeMs - snapshot.madeMs >= SNAPSHOT_MS || madeMs < snapshot.madeMs) {
        snapshot = { madeMs, value: takeSnapshot() }
      }
      return snapshot.value
    },
  }
}
