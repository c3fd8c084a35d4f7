import type { Span } from '../guard.ts'

/**
 * Which of the spans in a window are certain, and how far the window is judged with that. `from` is
 * how far it was, `to` the place up to which a match that begins can not change any more. Spans that
 * overlap are one: certain when the last of them is.
 */
export function certainSpans(
  found: readonly Span[],
  { from, to }: { readonly from: number; readonly to: number },
): { readonly spans: readonly Span[]; readonly judgedTo: number } {
  if (found.length === 0) return { spans: found, judgedTo: Math.max(from, to) }
  const certain: Span[] = []
  let judgedTo = from
  for (const cluster of clusters(found, from)) {
    if (cluster.lastStart >= to) {
      return { spans: certain, judgedTo: Math.max(judgedTo, Math.min(to, cluster.start)) }
    }
    certain.push(...cluster.spans)
    judgedTo = cluster.end
  }
  return { spans: certain, judgedTo: Math.max(judgedTo, to) }
}

interface Cluster {
  readonly start: number
  end: number
  lastStart: number
  readonly spans: Span[]
}

/** Spans that overlap, together. What was judged before is left out, and cut off. */
function clusters(found: readonly Span[], from: number): readonly Cluster[] {
  const together: Cluster[] = []
  const open = found
    .filter(({ end }) => end > from)
    .map((span) => (span.start < from ? { ...span, start: from } : span))
    .toSorted((one, other) => one.start - other.start)
  for (const span of open) {
    const { start, end } = span
    const last = together.at(-1)
    if (!last || start >= last.end) {
      together.push({ start, end, lastStart: start, spans: [span] })
      continue
    }
    last.end = Math.max(last.end, end)
    last.lastStart = start
    last.spans.push(span)
  }
  return together
}
