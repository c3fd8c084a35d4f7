import type { GuardContent, Segment, Span } from '../guard.ts'
import { isJson } from './json-text.ts'
import { holdsJson } from './kind.ts'

/** A piece of text and what stands in its place. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** The segments that masking the spans changes, with their new texts, by index. */
export function maskSpans(
  content: GuardContent,
  spans: readonly Span[],
): ReadonlyMap<number, string> {
  const changed = new Map<number, string>()
  for (const [index, own] of Map.groupBy(spans, ({ segment }) => segment)) {
    const segment = content.segments[index]
    if (segment) changed.set(index, applyEdits(segment.text, editsFor(segment, own)))
  }
  return changed
}

/** What masking these spans of one segment means, in the order of the text, without overlaps. */
export function editsFor(segment: Segment, spans: readonly Span[]): readonly Edit[] {
  const inOrder = spans.toSorted((one, other) => one.start - other.start || other.end - one.end)
  const edits: Edit[] = []
  for (const { start, end, label, mask = `[${label}]` } of inOrder) {
    const last = edits.at(-1)
    if (end <= start) continue
    if (last && start < last.end) {
      edits[edits.length - 1] = { ...last, end: Math.max(last.end, end) }
    } else edits.push({ start, end, text: mask })
  }
  const { text } = segment
  return holdsJson(segment) && isJson(text) ? inJson(text, edits) : edits
}

export function applyEdits(text: string, edits: readonly Edit[]): string {
  let edited = ''
  let from = 0
  for (const { start, end, text: mask } of edits) {
    edited += text.slice(from, start) + mask
    from = end
  }
  return edited + text.slice(from)
}

/** In a string the mask is written as JSON writes it; a number as a whole becomes a string. */
function inJson(json: string, edits: readonly Edit[]): readonly Edit[] {
  const numbers = [...json.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs)].filter(
    ({ 0: token }) => !token.startsWith('"'),
  )
  const written = new Map<number, Edit>()
  for (const edit of edits) {
    const number = numbers.find(
      ({ 0: token, index }) => edit.start < index + token.length && edit.end > index,
    )
    if (!number) {
      written.set(edit.start, { ...edit, text: JSON.stringify(edit.text).slice(1, -1) })
      continue
    }
    const { 0: token, index } = number
    const own = edits.filter((one) => one.start < index + token.length && one.end > index)
    const inToken = own.map(({ start, end, text }) => ({
      start: Math.max(0, start - index),
      end: Math.min(token.length, end - index),
      text,
    }))
    const text = JSON.stringify(applyEdits(token, inToken))
    written.set(index, { start: index, end: index + token.length, text })
  }
  return [...written.values()]
}
