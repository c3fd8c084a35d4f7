import type { GuardContent, Span } from '../guard.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { AnyChunk } from '../provider.ts'
import type { StreamEvent } from '../sse.ts'
import type { ActiveGuard } from './active-guard.ts'
import { certainSpans } from './certain-spans.ts'
import type { Finding } from './finding.ts'
import { HeldEvents, waitsForAll, type Lane } from './held-events.ts'
import { editsFor } from './mask.ts'
import { runGuard } from './run-guard.ts'
import { blocked, decide, noteFinding, type ReviewContext } from './settle.ts'
import type { StreamStage } from './stream-stage.ts'

type Events = readonly StreamEvent<AnyChunk>[]

/** Characters before what is judged that stay for a guard to look back at. */
const LOOK_BACK = 64
const SHARE_OF_WINDOW = 32

/**
 * Guards that judge a stream through a window. A match is certain once the characters that the guard
 * holds back have come after its start; until then nothing from there on leaves. So each text is
 * judged as it would be in one piece, wherever the stream was cut. One guard that changes texts, or
 * any number that do not.
 */
export class WindowStage implements StreamStage {
  readonly #guards: readonly ActiveGuard[]
  readonly #context: ReviewContext
  readonly #held: HeldEvents
  /** How far each guard has judged each lane. */
  readonly #judged = new Map<Lane, number[]>()

  constructor(guards: readonly ActiveGuard[], context: ReviewContext) {
    this.#guards = guards
    this.#context = context
    this.#held = new HeldEvents(context.exchange)
  }

  push(events: Events): MaybePromise<Events> {
    return this.#judge(this.#held.add(events))
  }

  end(): MaybePromise<Events> {
    const rest = this.#judge(this.#held.end())
    if (rest instanceof Promise) {
      return rest.then((events) => {
        this.#explain()
        return events
      })
    }
    this.#explain()
    return rest
  }

  #judge(news: ReadonlySet<Lane>): MaybePromise<Events> {
    const waiting: Promise<void>[] = []
    for (const lane of news) {
      if (waitsForAll(lane) && !lane.isComplete) continue
      for (const [index, active] of this.#guards.entries()) {
        if (!this.#isDue(lane, index)) continue
        const content = contentOf(lane, this.#judgedBy(lane, index))
        const finding = runGuard(active, content, this.#context.exchange)
        if (finding instanceof Promise) {
          const settled = finding.then((found) => this.#settle(lane, index, found, content))
          // The first to block ends it; what the others say then is of no use to anybody.
          settled.catch(() => undefined)
          waiting.push(settled)
        } else this.#settle(lane, index, finding, content)
      }
    }
    if (waiting.length === 0) return this.#release(news)
    return Promise.all(waiting).then(() => this.#release(news))
  }

  /** A guard with a long window looks only when enough has become certain: not at each letter. */
  #isDue(lane: Lane, index: number): boolean {
    if (lane.isComplete) return true
    const active = this.#guards[index]
    const judged = this.#judgedBy(lane, index)
    const advance = active ? this.#certainTo(lane, active) - judged : 0
    const { holdback } = active?.rule ?? {}
    const step = judged > 0 && typeof holdback === 'number' ? holdback / SHARE_OF_WINDOW : 0
    return advance > step
  }

  #release(news: ReadonlySet<Lane>): Events {
    for (const lane of news) {
      const judged = this.#judged.get(lane)
      if (!judged) continue
      lane.released = Math.min(...judged)
      const spent = lane.released - LOOK_BACK - lane.dropped
      if (spent < LOOK_BACK) continue
      lane.text = lane.text.slice(spent)
      lane.dropped += spent
    }
    return this.#held.release()
  }

  /** Takes over what is certain of a finding; the rest is looked at again with what comes next. */
  #settle(lane: Lane, index: number, finding: Finding, content: GuardContent): void {
    const from = this.#judgedBy(lane, index)
    const certainTo = this.#certainTo(lane, finding.active)
    const { verdict } = finding
    const { spans, judgedTo } = certainSpans(verdict?.spans ?? [], {
      from: from - lane.dropped,
      to: certainTo - lane.dropped,
    })
    const isOpen = verdict?.spans !== undefined && verdict.spans.length > 0 && spans.length === 0
    const certain: Finding = verdict
      ? { ...finding, verdict: isOpen ? undefined : { ...verdict, spans } }
      : finding
    const decision = decide(certain, spans.length > 0)
    noteFinding(certain, 'output', decision, this.#context)
    if (typeof decision === 'object') {
      this.#explain()
      throw blocked('output', decision.block, finding.active)
    }
    if (decision === 'change') this.#mask(lane, content, spans)
    const judged = this.#judged.get(lane)
    if (judged) judged[index] = judgedTo + lane.dropped
  }

  #mask(lane: Lane, content: GuardContent, spans: readonly Span[]): void {
    const [segment] = content.segments
    if (!segment) return
    const edits = editsFor(segment, spans).map(({ start, end, text }) => ({
      start: start + lane.dropped,
      end: end + lane.dropped,
      text,
    }))
    this.#held.edit(lane, edits)
  }

  /** Where a match may begin that more text can not change. */
  #certainTo(lane: Lane, { rule }: ActiveGuard): number {
    const total = lane.dropped + lane.text.length
    const { holdback } = rule
    return lane.isComplete || typeof holdback !== 'number' ? total : Math.max(0, total - holdback)
  }

  #judgedBy(lane: Lane, index: number): number {
    let judged = this.#judged.get(lane)
    if (!judged) {
      judged = this.#guards.map(() => 0)
      this.#judged.set(lane, judged)
    }
    return judged[index] ?? 0
  }

  #explain(): void {
    const { notes, exchange } = this.#context
    for (const active of this.#guards) notes.explain(exchange, active, 'output')
  }
}

function contentOf({ role, kind, text, dropped }: Lane, judged: number): GuardContent {
  return { stage: 'output', segments: [{ role, kind, text, judged: judged - dropped }] }
}
