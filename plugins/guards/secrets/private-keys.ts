import type { Found } from '#core'

const MARKER = /-----(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
/** Headers, base64, line ends, and line ends as JSON writes them. */
const BODY = /[A-Za-z0-9+/=\s\\:,-]{0,16384}/y

/** Private keys in PEM's armour; one whose end is missing goes as far as its letters do. */
export function findPrivateKeys(text: string): Found[] {
  const found: Found[] = []
  if (!text.includes('-----BEGIN ')) return found
  let begin: RegExpExecArray | undefined
  const close = (end: number): void => {
    if (begin) found.push({ start: begin.index, end, label: 'PRIVATE_KEY' })
    begin = undefined
  }
  for (const marker of text.matchAll(MARKER)) {
    if (marker[1] === 'END') close(marker.index + marker[0].length)
    else {
      close(marker.index)
      begin = marker
    }
  }
  if (begin) close(endOfBody(text, begin.index + begin[0].length))
  return found
}

function endOfBody(text: string, start: number): number {
  BODY.lastIndex = start
  BODY.test(text)
  return BODY.lastIndex
}
