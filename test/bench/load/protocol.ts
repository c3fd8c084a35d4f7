import { ofKind } from '../messages.ts'

/** Where requests go and what makes an answer right. */
export interface Target {
  readonly port: number
  /** A whole HTTP request, head and body. */
  readonly request: string
}

/** What one load process does until it is told to stop, or has sent `requests`. */
export type LoadJob =
  | {
      /** Every connection asks again as soon as it is answered. */
      readonly kind: 'closed-loop'
      readonly target: Target
      readonly connections: number
      readonly answerBytes: number
      readonly requests?: number
    }
  | {
      /** Requests leave at a fixed rate, whether or not the earlier ones are answered. */
      readonly kind: 'fixed-rate'
      readonly target: Target
      readonly requestsPerSecond: number
      readonly answerBytes: number
    }
  | {
      /** So many streams are open at any time, opened over `spreadMs`; one that ends is followed by the next. */
      readonly kind: 'streams'
      readonly target: Target
      readonly streams: number
      readonly spreadMs: number
      readonly eventsPerStream: number
    }

/** What a load process is told; figures are counted between `open` and `close` where both come. */
export type LoadCommand = { kind: 'start'; job: LoadJob } | { kind: 'open' } | { kind: 'close' }

/** What a load process saw. */
export interface LoadReport {
  readonly kind: 'report'
  readonly seconds: number
  readonly answers: number
  readonly events: number
  readonly latenciesMs: readonly number[]
  /** From the request to the first event, of every stream since the start; those still waiting count as they stand. */
  readonly firstEventsMs: readonly number[]
  /** Wrong or missing answers since the start, by what was wrong. */
  readonly failures: Readonly<Record<string, number>>
}

export const isLoadCommand = ofKind<LoadCommand>('start', 'open', 'close')
export const isLoadReport = ofKind<LoadReport>('report')
