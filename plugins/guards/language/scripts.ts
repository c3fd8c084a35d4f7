/** Ranges of letters beyond ASCII, and the languages that are written with them; the first is the usual one. */
const SCRIPTS: readonly (readonly [first: number, last: number, script: string])[] = [
  [0xc0, 0x24f, 'latin'],
  [0x370, 0x3ff, 'el'],
  [0x400, 0x52f, 'cyrillic'],
  [0x530, 0x58f, 'hy'],
  [0x590, 0x5ff, 'he'],
  [0x600, 0x6ff, 'arabic'],
  [0x900, 0x97f, 'devanagari'],
  [0x980, 0x9ff, 'bn'],
  [0xa00, 0xa7f, 'pa'],
  [0xa80, 0xaff, 'gu'],
  [0xb80, 0xbff, 'ta'],
  [0xc00, 0xc7f, 'te'],
  [0xc80, 0xcff, 'kn'],
  [0xd00, 0xd7f, 'ml'],
  [0xd80, 0xdff, 'si'],
  [0xe00, 0xe7f, 'th'],
  [0xe80, 0xeff, 'lo'],
  [0x1000, 0x109f, 'my'],
  [0x10a0, 0x10ff, 'ka'],
  [0x1200, 0x137f, 'am'],
  [0x1780, 0x17ff, 'km'],
  [0x1e00, 0x1eff, 'latin'],
  [0x3040, 0x30ff, 'kana'],
  [0x3400, 0x9fff, 'han'],
  [0xac00, 0xd7af, 'ko'],
]
const ASCII = 0x80
/** What makes a capital letter of ASCII small. */
const SMALL = 0x20
const [FIRST_LETTER, LAST_LETTER] = [0x61, 0x7a]

/** How many letters a text has of each script; a script of one language has that language's code. */
export function countScripts(text: string): ReadonlyMap<string, number> {
  let latin = 0
  const counts = SCRIPTS.map(() => 0)
  let index = -1
  for (let place = 0; place < text.length; place++) {
    const code = text.charCodeAt(place)
    if (code < ASCII) {
      const small = code | SMALL
      if (small >= FIRST_LETTER && small <= LAST_LETTER) latin++
      continue
    }
    // Neighbours are mostly of one script.
    if (!holds(index, code)) index = SCRIPTS.findIndex((_, other) => holds(other, code))
    if (index >= 0) counts[index] = (counts[index] ?? 0) + 1
  }
  const byScript = new Map<string, number>(latin > 0 ? [['latin', latin]] : [])
  counts.forEach((count, place) => {
    const script = SCRIPTS[place]?.[2]
    if (count > 0 && script) byScript.set(script, (byScript.get(script) ?? 0) + count)
  })
  return byScript
}

function holds(index: number, code: number): boolean {
  const range = SCRIPTS[index]
  return range !== undefined && code >= range[0] && code <= range[1]
}
