import type { TokenUsage } from './chat/completion.ts'
import type { Payload } from './payload.ts'
import type { AnyAnswer, AnyChunk } from './provider.ts'
import type { StreamEvent } from './sse.ts'
import type { Target } from './target.ts'

/** What comes back from a target, on its way to the caller. */
export type Answer = WholeAnswer | StreamAnswer

export interface WholeAnswer {
  readonly kind: 'whole'
  /** Absent when a plugin answered and no model was asked. */
  readonly target: Target | undefined
  readonly payload: Payload<AnyAnswer>
  readonly degraded: readonly string[]
}

/** Events in batches, as they come. Some sources can hand them on without a promise for each. */
export interface EventSource extends AsyncIterable<readonly StreamEvent<AnyChunk>[]> {
  forEach?(
    read: (events: readonly StreamEvent<AnyChunk>[]) => Promise<void> | undefined,
  ): Promise<void>
}

/** Hands each batch on, in the cheapest way the source has. */
export async function eachBatch(
  source: EventSource,
  read: (events: readonly StreamEvent<AnyChunk>[]) => Promise<void> | undefined,
): Promise<void> {
  if (source.forEach) return source.forEach(read)
  for await (const events of source) await read(events)
}

/** What is known of a stream by what it brought. */
export interface Received {
  readonly usage: TokenUsage | undefined
  readonly finishReason: string | null
  /** Of the text, nearly. */
  readonly characters: number
}

export interface StreamAnswer {
  readonly kind: 'stream'
  readonly target: Target
  /** What came from the upstream so far, where guards hold some of it back. */
  readonly received?: Received
  /** Batches of events, without the closing `[DONE]`. A fault after the first one is thrown. */
  readonly events: EventSource
  readonly degraded: readonly string[]
}
