import type { Target } from './exchange.ts'
import type { Payload } from './payload.ts'
import type { AnyAnswer, AnyChunk } from './provider.ts'
import type { StreamEvent } from './sse.ts'

/** What comes back from a target, on its way to the caller. */
export type Answer = WholeAnswer | StreamAnswer

export interface WholeAnswer {
  readonly kind: 'whole'
  /** Absent when a plugin answered and no model was asked. */
  readonly target: Target | undefined
  readonly payload: Payload<AnyAnswer>
  readonly degraded: readonly string[]
  /** It was given before, to an earlier request that asked the same. */
  readonly isCached?: boolean
}

/** Events in batches, as they come. Some sources can hand them on without a promise for each. */
export interface EventSource extends AsyncIterable<readonly StreamEvent<AnyChunk>[]> {
  forEach?(
    read: (events: readonly StreamEvent<AnyChunk>[]) => Promise<void> | undefined,
  ): Promise<void>
}

export interface StreamAnswer {
  readonly kind: 'stream'
  readonly target: Target
  /** Batches of events, without the closing `[DONE]`. A fault after the first one is thrown. */
  readonly events: EventSource
  readonly degraded: readonly string[]
}
