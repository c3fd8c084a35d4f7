import { METRIC_NAMES, METRIC_WINDOWS, type MetricName, type MetricWindow } from './metric-names.ts'

/** The metrics as LangDB's router scripts read them: `metrics[provider].models[model].metrics[window]`. */
export type MetricsSnapshot = Readonly<
  Record<
    string,
    { readonly models: Readonly<Record<string, { readonly metrics: SnapshotWindows }>> }
  >
>

type SnapshotWindows = Readonly<Record<MetricWindow, SnapshotReadings>>

/** Counts are 0 and all else is null for what was not seen. */
export type SnapshotReadings = Readonly<Record<MetricName | 'in_flight', number | null>>

interface Readable {
  of(window: MetricWindow): { read(name: MetricName): number | null } | undefined
  readonly inFlight: number
}

/** The metrics of one target in every window. */
export function toSnapshotWindows(target: Readable): SnapshotWindows {
  const windows = METRIC_WINDOWS.map((window) => [window, toReadings(target, window)] as const)
  return Object.fromEntries(windows) as SnapshotWindows
}

function toReadings(target: Readable, window: MetricWindow): SnapshotReadings {
  const measured = target.of(window)
  const readings = METRIC_NAMES.map((name) => [
    name,
    measured ? measured.read(name) : isCount(name) ? 0 : null,
  ])
  return { ...Object.fromEntries(readings), in_flight: target.inFlight } as SnapshotReadings
}

function isCount(name: MetricName): boolean {
  return name === 'requests' || name === 'errors'
}
