import type { MaybePromise } from '../maybe-promise.ts'
import type { EventBatch } from '../wire-stream.ts'

/** A guard, or several, on the way of a stream: takes events in, gives those that may leave. */
export interface StreamStage {
  push(events: EventBatch): MaybePromise<EventBatch>
  /** The rest, when no more will come. */
  end(): MaybePromise<EventBatch>
}
