import { findSpans, type Found, type GuardContent, type Span } from '#core'

/** A passage that somebody found in a text, copied from it. */
export interface Excerpt {
  readonly text: string
  /** What it is: `EMAIL`. */
  readonly label: string
}

/**
 * Where these passages stand, everywhere in the content. Models and services count characters each
 * in a way of their own, or not at all, so the passages are looked up.
 */
export function findExcerpts(content: GuardContent, excerpts: readonly Excerpt[]): Span[] {
  const passages = excerpts.filter(({ text }) => text.trim() !== '')
  return findSpans(content, (text) => {
    const found = passages.flatMap((passage) => findAll(text, passage))
    return mergeOverlaps(found)
  })
}

/** The same, but undefined when a passage is not there: then it can not be covered. */
export function findEveryExcerpt(
  content: GuardContent,
  excerpts: readonly Excerpt[],
): Span[] | undefined {
  const isThere = excerpts.every((one) => findExcerpts(content, [one]).length > 0)
  return isThere ? findExcerpts(content, excerpts) : undefined
}

function findAll(text: string, { text: passage, label }: Excerpt): Found[] {
  const found: Found[] = []
  let start = text.indexOf(passage)
  while (start >= 0) {
    const end = start + passage.length
    found.push({ start, end, label })
    start = text.indexOf(passage, end)
  }
  return found
}

/** Passages that overlap, as one with the label of the first: so nothing of either is left over. */
export function mergeOverlaps(found: readonly Found[]): Found[] {
  const merged: Found[] = []
  const inOrder = found.toSorted((one, other) => one.start - other.start || other.end - one.end)
  for (const one of inOrder) {
    const last = merged.at(-1)
    if (!last || one.start >= last.end) merged.push(one)
    else if (one.end > last.end) merged[merged.length - 1] = { ...last, end: one.end }
  }
  return merged
}
