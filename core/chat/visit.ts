import { GatewayError } from '../errors.ts'
import type { Segment } from '../guard.ts'

/** Called for each piece of text, in order; `replace` writes a new text in its place. */
export type Visit = (segment: Segment, replace: (text: string) => void) => void

/** One field that may be text. */
export function visitField(
  holder: object,
  field: string,
  { role, kind }: Pick<Segment, 'role' | 'kind'>,
  visit: Visit,
): void {
  const text = (holder as Record<string, unknown>)[field]
  if (typeof text !== 'string' || text === '') return
  visit(segment(role, kind, text), (rewritten) => {
    Object.assign(holder, { [field]: rewritten })
  })
}

/** A value that is read, and rewritten, as JSON. */
export function visitJson(
  value: unknown,
  kind: Segment['kind'],
  visit: Visit,
  write: (value: unknown) => void,
): void {
  visit(segment('system', kind, JSON.stringify(value)), (text) => write(parseRewritten(text)))
}

/** A piece of text without anything special about it. */
export function segment(role: string, kind: Segment['kind'], text: string): Segment {
  return { role, kind, text }
}

/** JSON as a guard left it. */
export function parseRewritten(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    const message = 'A guard rewrote JSON of the request into something that is none.'
    throw new GatewayError('plugin_error', message, { cause })
  }
}
