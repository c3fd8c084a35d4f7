import type { Logger } from '../logger.ts'
import type { MeasuredExchange } from './samples.ts'

/** Where reading goes on. Only the ledger knows what it means. */
export interface SamplePlace {
  readonly storedAt: Date
  readonly requestId: string
}

/** A part of what other gateways recorded, the oldest first. */
export interface SamplePage {
  readonly exchanges: readonly MeasuredExchange[]
  readonly next: SamplePlace
  /** Whether there is no more for now. */
  readonly isLast: boolean
}

/** Takes what other gateways measured, and this one before it was started anew, into the metrics. */
export interface MetricSharing {
  /** Begins to read in the background, and again every few seconds. Nothing waits for it. */
  start(): void
  /** Reads what is there by now. Throws when the ledger does not give it. */
  refresh(): Promise<void>
  /** Ends after the page that is being read. */
  stop(): Promise<void>
}

export interface MetricSharingParts {
  readonly metrics: { record(exchange: MeasuredExchange): void }
  readonly samples: (after: SamplePlace | undefined) => Promise<SamplePage>
  readonly log: Logger
}

const EVERY_MS = 5_000

export function createMetricSharing({ metrics, samples, log }: MetricSharingParts): MetricSharing {
  let place: SamplePlace | undefined
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isStopped = false
  let isSilent = false

  async function readAll(): Promise<void> {
    let isLast = false
    while (!isLast && !isStopped) {
      const page = await samples(place)
      for (const exchange of page.exchanges) metrics.record(exchange)
      ;({ next: place, isLast } = page)
    }
  }

  function refresh(): Promise<void> {
    running ??= readAll().finally(() => (running = undefined))
    return running
  }

  async function turn(): Promise<void> {
    try {
      await refresh()
      isSilent = false
    } catch (error) {
      // The ledger itself says loudly enough that the database is away.
      if (!isSilent) log.debug('The metrics of other gateways can not be read.', because(error))
      isSilent = true
    }
    if (!isStopped) timer = setTimeout(() => void turn(), EVERY_MS).unref()
  }

  return {
    refresh,
    start: () => void turn(),
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running?.catch(() => undefined)
    },
  }
}

function because(error: unknown): { because: string } {
  return { because: error instanceof Error ? error.message : String(error) }
}
