import type { LiveExchange } from '../live-exchange.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { AnyChunk } from '../provider.ts'
import type { StreamEvent } from '../sse.ts'
import { EditableContent } from './editable-content.ts'
import { HeldEvents, type Lane } from './held-events.ts'
import type { StreamStage } from './stream-stage.ts'

type Events = readonly StreamEvent<AnyChunk>[]
const NOTHING: Events = []

/**
 * Guards that judge a streamed answer as a whole. All of it is held until they have, unless they only
 * observe: then it passes, and they look when it has.
 */
export class WholeStage implements StreamStage {
  readonly #held: HeldEvents
  readonly #isHolding: boolean
  readonly #review: (content: EditableContent) => MaybePromise<void>

  constructor(
    exchange: LiveExchange,
    isHolding: boolean,
    review: (content: EditableContent) => MaybePromise<void>,
  ) {
    this.#held = new HeldEvents(exchange)
    this.#isHolding = isHolding
    this.#review = review
  }

  push(events: Events): Events {
    this.#held.add(events)
    return this.#isHolding ? NOTHING : events
  }

  async end(): Promise<Events> {
    this.#held.end()
    const lanes = inOrder(this.#held.lanes)
    const content = new EditableContent(
      'output',
      lanes.map(({ role, kind, text }) => ({ role, kind, text })),
    )
    await this.#review(content)
    if (!this.#isHolding) return NOTHING
    lanes.forEach((lane, index) => {
      const text = content.changed.get(index)
      if (text !== undefined) this.#held.replace(lane, text)
      lane.released = Infinity
    })
    return this.#held.release()
  }
}

/** By choice: what comes of several choices at once is not in their order. */
function inOrder(lanes: ReadonlyMap<string, Lane>): readonly Lane[] {
  return [...lanes]
    .toSorted(([one], [other]) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
    .map(([, lane]) => lane)
}
