import type { GuardContent, Segment, Span } from '../guard.ts'
import { jsonPieces } from './json-text.ts'
import { holdsJson } from './kind.ts'

/** A place in a text that holds what a guard looks for. */
export interface Found {
  readonly start: number
  /** The index after the last character. */
  readonly end: number
  readonly label: string
  readonly mask?: string
}

/**
 * Looks for something in every text of the content. `find` is given a text, and where to begin: what
 * stands before was judged already, and is there for look-behind. JSON is read string by string, so
 * that escapes hide nothing. What `find` gives must not overlap.
 */
export function findSpans(
  content: GuardContent,
  find: (text: string, from: number, segment: Segment) => Iterable<Found>,
): Span[] {
  const spans: Span[] = []
  content.segments.forEach((segment, index) => {
    if (!holdsJson(segment)) {
      for (const { start, end, label, mask } of find(segment.text, segment.judged ?? 0, segment)) {
        const span = { segment: index, start, end, label }
        spans.push(mask === undefined ? span : { ...span, mask })
      }
      return
    }
    for (const piece of jsonPieces(segment.text)) {
      for (const found of find(piece.text, 0, segment)) {
        const { start, end } = found
        spans.push({
          ...found,
          segment: index,
          start: piece.placeOf(start),
          end: piece.placeOf(end),
        })
      }
    }
  })
  return spans
}
