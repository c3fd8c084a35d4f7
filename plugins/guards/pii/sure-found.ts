import type { Found } from '#core'

/** A place in a text, what stands there, and how sure that is, from 0 to 1. */
export interface SureFound extends Found {
  readonly confidence: number
}

/** The surest of finds that overlap, then the longest, in the order of the text. */
export function withoutOverlaps(finds: readonly SureFound[]): SureFound[] {
  if (finds.length < 2) return [...finds]
  const kept: SureFound[] = []
  for (const find of finds.toSorted((one, other) => one.start - other.start)) {
    const last = kept.at(-1)
    if (!last || find.start >= last.end) kept.push(find)
    else if (isBetter(find, last)) kept[kept.length - 1] = find
  }
  return kept
}

function isBetter(find: SureFound, other: SureFound): boolean {
  if (find.confidence !== other.confidence) return find.confidence > other.confidence
  return find.end - find.start > other.end - other.start
}
