import { chunkPieces, endedChoices, type ChunkPiece } from '../chat/chunk-content.ts'
import { offeredTools, type OfferedTools } from '../chat/content.ts'
import type { Segment } from '../guard.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { AnyChunk, OperationName } from '../provider.ts'
import { StreamEvent } from '../sse.ts'
import { holdsJson } from './kind.ts'
import type { Edit } from './mask.ts'

type Event = StreamEvent<AnyChunk>

/** One of the texts that a stream brings piece by piece: what one choice says, one of its calls. */
export interface Lane {
  readonly role: 'assistant'
  readonly kind: Segment['kind']
  /** The text that came, less what nobody needs any more. */
  text: string
  /** How many characters were dropped at the start of the text. */
  dropped: number
  /** No more will come. */
  isComplete: boolean
  /** How far the text may leave, counted from its very start. */
  released: number
  readonly pieces: Piece[]
}

/** A part of a lane that stands in one event. */
interface Piece {
  readonly start: number
  readonly end: number
  readonly source: ChunkPiece
  /** What is written in its place; the text itself until something is. */
  text: string
  isChanged: boolean
}

interface Held {
  readonly event: Event
  readonly pieces: readonly (readonly [Lane, Piece])[]
}

/**
 * The events of a stream that wait for a guard. They leave whole and in their order, as soon as all
 * their texts may; an event in which nothing was changed leaves as it came.
 */
export class HeldEvents {
  readonly lanes = new Map<string, Lane>()
  readonly #operation: OperationName
  readonly #offered: OfferedTools
  #waiting: Held[] = []
  /** Nothing has left: what has no text yet waits for the first text, so that a block is a 446. */
  #isSilent = true
  #isEnded = false

  constructor({ operation, request }: Pick<LiveExchange, 'operation' | 'request'>) {
    this.#operation = operation
    this.#offered = offeredTools(request)
  }

  /** Takes events in. Returns the lanes that have got more to read. */
  add(events: readonly Event[]): ReadonlySet<Lane> {
    const news = new Set<Lane>()
    for (const event of events) {
      const chunk = event.value
      if (!chunk) continue
      const pieces = this.#piecesOf(chunk).map((source) => {
        const lane = this.#laneOf(source)
        const start = lane.dropped + lane.text.length
        const { text } = source
        const piece = { start, end: start + text.length, source, text, isChanged: false }
        lane.text += text
        lane.pieces.push(piece)
        if (source.isWhole) lane.isComplete = true
        news.add(lane)
        return [lane, piece] as const
      })
      this.#waiting.push({ event, pieces })
      for (const choice of endedChoices(chunk)) this.#complete(news, `${choice} `)
    }
    return news
  }

  /** No more will come. Returns the lanes that were not known to be complete. */
  end(): ReadonlySet<Lane> {
    const news = new Set<Lane>()
    this.#complete(news, '')
    return news
  }

  /** Changes a lane's text; the places are counted from the lane's very start. */
  edit(lane: Lane, edits: readonly Edit[]): void {
    for (const edit of edits) {
      let isWritten = false
      for (const piece of lane.pieces) {
        if (piece.end <= edit.start || piece.start >= edit.end) continue
        change(piece, edit, isWritten ? '' : edit.text)
        isWritten = true
      }
    }
  }

  /** Puts another text in the place of all that a lane has. */
  replace(lane: Lane, text: string): void {
    for (const [index, piece] of lane.pieces.entries()) {
      piece.text = index === 0 ? text : ''
      piece.isChanged = true
    }
  }

  /** The events that may leave now. */
  release(): Event[] {
    let count = 0
    for (const { pieces } of this.#waiting) {
      if (pieces.some(([lane, piece]) => piece.end > lane.released)) break
      if (pieces.length > 0) this.#isSilent = false
      count++
    }
    if (this.#isSilent && !this.#isEnded) return []
    return this.#waiting.splice(0, count).map(({ event, pieces }) => {
      for (const [lane] of pieces) lane.pieces.shift()
      return written(event, pieces)
    })
  }

  #piecesOf(chunk: AnyChunk): readonly ChunkPiece[] {
    const pieces = chunkPieces(this.#operation, chunk)
    if (this.#offered.size === 0) return pieces
    return pieces.filter(({ kind, text }) => kind !== 'name' || !this.#offered.has(text))
  }

  #laneOf({ choice, lane: name, kind }: ChunkPiece): Lane {
    const key = `${choice} ${name}`
    const known = this.lanes.get(key)
    if (known) return known
    const lane: Lane = {
      role: 'assistant',
      kind,
      text: '',
      dropped: 0,
      isComplete: false,
      released: 0,
      pieces: [],
    }
    this.lanes.set(key, lane)
    return lane
  }

  #complete(news: Set<Lane>, prefix: string): void {
    if (prefix === '') this.#isEnded = true
    for (const [key, lane] of this.lanes) {
      if (lane.isComplete || !key.startsWith(prefix)) continue
      lane.isComplete = true
      news.add(lane)
    }
  }
}

/**
 * Changes what of an edit stands in this piece. Edits come from the front to the back of a lane and
 * never overlap, so what stands behind the last one has its old length from the end.
 */
function change(piece: Piece, { start, end }: Edit, text: string): void {
  const fromEnd = (place: number): number => piece.text.length - (piece.end - place)
  const head = piece.text.slice(0, fromEnd(Math.max(start, piece.start)))
  const tail = piece.text.slice(fromEnd(Math.min(end, piece.end)))
  piece.text = head + text + tail
  piece.isChanged = true
}

function written(event: Event, pieces: Held['pieces']): Event {
  const chunk = event.value
  if (!chunk || !pieces.some(([, piece]) => piece.isChanged)) return event
  for (const [, piece] of pieces) if (piece.isChanged) piece.source.write(piece.text)
  return StreamEvent.of(chunk)
}

/** Whether a lane is judged only when all of it is there: half a JSON is none. */
export function waitsForAll(lane: Lane): boolean {
  return holdsJson(lane)
}
