import type { SureFound } from './sure-found.ts'

/** Letters and digits beyond ASCII, near enough, without the cost of Unicode's tables. */
const FOREIGN = '\\u00c0-\\u024f\\u0370-\\u1fff\\u3041-\\ud7ff'
const LABEL = `[A-Za-z0-9${FOREIGN}](?:[A-Za-z0-9${FOREIGN}-]{0,61}[A-Za-z0-9${FOREIGN}])?`
const DOMAIN = new RegExp(
  `(?:${LABEL}\\.){1,8}(?:xn--[a-z0-9-]{2,59}|[A-Za-z${FOREIGN}]{2,63})`,
  'y',
)

const LONGEST_LOCAL_PART = 64
const IN_LOCAL_PART = new RegExp(`[A-Za-z0-9._%+'${FOREIGN}-]`)
const ASCII_IN_LOCAL_PART = Array.from({ length: 128 }, (_, code) =>
  IN_LOCAL_PART.test(String.fromCharCode(code)),
)
const NOT_FIRST = new Set(".'%-")

/**
 * Addresses of e-mail, in any script (RFC 6531). It goes out from each `@`, so that a long text
 * without one costs nothing.
 */
export function findEmail(text: string, from: number): SureFound[] {
  const finds: SureFound[] = []
  for (let at = text.indexOf('@', from); at >= 0; at = text.indexOf('@', at + 1)) {
    const start = startOfLocalPart(text, at)
    if (start === at || start < from) continue
    DOMAIN.lastIndex = at + 1
    if (!DOMAIN.test(text)) continue
    finds.push({ start, end: DOMAIN.lastIndex, label: 'EMAIL', confidence: 0.95 })
  }
  return finds
}

function startOfLocalPart(text: string, at: number): number {
  if (text[at - 1] === '.') return at
  const earliest = Math.max(0, at - LONGEST_LOCAL_PART)
  let start = at
  while (start > earliest && isInLocalPart(text, start - 1)) start--
  while (start < at && NOT_FIRST.has(text.charAt(start))) start++
  return start
}

function isInLocalPart(text: string, index: number): boolean {
  return ASCII_IN_LOCAL_PART[text.charCodeAt(index)] ?? IN_LOCAL_PART.test(text.charAt(index))
}
