/** A string or a number in a JSON text: what it says, and where in the JSON each character stands. */
export interface JsonPiece {
  readonly text: string
  /** The place in the JSON where the character at this index of the text begins. */
  placeOf(index: number): number
}

/** Strings, names of fields among them, and numbers. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs
const ESCAPE = /\\(?:u[\da-fA-F]{4}|.)/gs

/** The strings and numbers of a JSON text, read: an escape such as `\u0073` hides nothing. */
export function jsonPieces(json: string): readonly JsonPiece[] {
  if (!isJson(json)) return [{ text: json, placeOf: (at) => at }]
  const pieces: JsonPiece[] = []
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    if (!token.startsWith('"')) pieces.push({ text: token, placeOf: (at) => index + at })
    else pieces.push(readString(token.slice(1, -1), index + 1))
  }
  return pieces
}

/** Models write JSON that is none: it is then read as it stands. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function readString(raw: string, start: number): JsonPiece {
  if (!raw.includes('\\')) return { text: raw, placeOf: (at) => start + at }
  const places: number[] = []
  let text = ''
  let from = 0
  const copy = (until: number): void => {
    for (; from < until; from++) places.push(start + from)
  }
  for (const { 0: escape, index } of raw.matchAll(ESCAPE)) {
    text += raw.slice(from, index)
    copy(index)
    text += unescape(escape)
    places.push(start + index)
    from = index + escape.length
  }
  text += raw.slice(from)
  copy(raw.length)
  return { text, placeOf: (at) => places[at] ?? start + raw.length }
}

function unescape(escape: string): string {
  try {
    return JSON.parse(`"${escape}"`) as string
  } catch {
    return escape.slice(1, 2)
  }
}
