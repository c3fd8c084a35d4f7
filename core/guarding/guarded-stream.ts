import { eachBatch, type EventSource, type Received } from '../answer.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { AnyChunk } from '../provider.ts'
import type { StreamEvent } from '../sse.ts'
import { StreamMeter } from '../stream-meter.ts'
import { changesText, type ActiveGuard } from './active-guard.ts'
import type { EditableContent } from './editable-content.ts'
import { review } from './review.ts'
import type { ReviewContext } from './settle.ts'
import type { StreamStage } from './stream-stage.ts'
import { WholeStage } from './whole-stage.ts'
import { WindowStage } from './window-stage.ts'

type Events = readonly StreamEvent<AnyChunk>[]

type ReviewContent = (content: EditableContent) => MaybePromise<void>

/**
 * A stream as its guards leave it. Each guard that changes texts has a window of its own, in order;
 * those that do not share one behind them. Where one can judge only the whole, or a handler does, the
 * whole answer is held until all have. Guards that observe look at the end, and hold nothing.
 */
export function guardStream(
  source: EventSource,
  guards: readonly ActiveGuard[],
  context: ReviewContext,
  reviewContent?: ReviewContent,
): EventSource {
  const { exchange } = context
  const observers = guards.filter(({ guard }) => guard.action === 'observe')
  const acting = guards.filter(({ guard }) => guard.action !== 'observe')
  const isBuffered = reviewContent !== undefined || acting.some(needsWhole)
  for (const active of observers) context.notes.announce(active)
  for (const active of acting) context.notes.announce(active, isBuffered)
  if (isBuffered) {
    const all = reviewContent ?? ((content) => review(content, guards, context))
    return throughStages(source, [new WholeStage(exchange, true, all)])
  }
  const changing = acting.filter(changesText)
  const looking = acting.filter((active) => !changesText(active))
  const stages: StreamStage[] = changing.map((active) => new WindowStage([active], context))
  if (looking.length > 0) stages.push(new WindowStage(looking, context))
  if (observers.length > 0) {
    const look: ReviewContent = (content) => review(content, observers, context)
    stages.push(new WholeStage(exchange, false, look))
  }
  return throughStages(source, stages)
}

/** The stream, and what it has brought, whether or not any of it leaves. */
export function metered(source: EventSource): {
  readonly events: EventSource
  readonly received: Received
} {
  const received = new StreamMeter()
  const see: StreamStage = {
    push(events) {
      for (const event of events) received.see(event)
      return events
    },
    end: () => [],
  }
  return { events: throughStages(source, [see]), received }
}

function needsWhole({ guard, rule }: ActiveGuard): boolean {
  return typeof rule.holdback !== 'number' || guard.action === 'rewrite'
}

/** A stream behind its stages. What a stage throws ends it, and closes the upstream. */
function throughStages(source: EventSource, stages: readonly StreamStage[]): EventSource {
  const push = (events: Events, from: number): MaybePromise<Events> => {
    let passed: MaybePromise<Events> = events
    for (const stage of stages.slice(from)) {
      if (passed instanceof Promise) passed = passed.then((some) => pushInto(stage, some))
      else passed = pushInto(stage, passed)
    }
    return passed
  }
  async function end(): Promise<Events> {
    const rest: StreamEvent<AnyChunk>[] = []
    for (const [index, stage] of stages.entries()) {
      rest.push(...(await push(await stage.end(), index + 1)))
    }
    return rest
  }

  return {
    async forEach(read) {
      await eachBatch(source, (events) => {
        const passed = push(events, 0)
        if (!(passed instanceof Promise)) return passed.length > 0 ? read(passed) : undefined
        return passed.then((some) => (some.length > 0 ? read(some) : undefined))
      })
      const rest = await end()
      if (rest.length > 0) await read(rest)
    },
    async *[Symbol.asyncIterator]() {
      for await (const events of source) {
        const passed = await push(events, 0)
        if (passed.length > 0) yield passed
      }
      const rest = await end()
      if (rest.length > 0) yield rest
    },
  }
}

function pushInto(stage: StreamStage, events: Events): MaybePromise<Events> {
  return events.length > 0 ? stage.push(events) : events
}
