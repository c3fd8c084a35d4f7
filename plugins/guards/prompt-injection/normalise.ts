/** Letters of other scripts that look like Latin ones, with what they look like. */
const LOOKALIKES = new Map<string, string>()
for (const [latin, lookalikes] of [
  ['a', 'аαɑ'],
  ['b', 'Ьв'],
  ['c', 'сϲ'],
  ['d', 'ԁ'],
  ['e', 'еєε'],
  ['g', 'ɡ'],
  ['h', 'һн'],
  ['i', 'іιıɪ'],
  ['j', 'ј'],
  ['k', 'κк'],
  ['l', 'ӏ'],
  ['m', 'м'],
  ['n', 'ո'],
  ['o', 'оοσօ'],
  ['p', 'рρ'],
  ['q', 'ԛ'],
  ['s', 'ѕ'],
  ['t', 'тτ'],
  ['u', 'υս'],
  ['v', 'ѵν'],
  ['w', 'ԝω'],
  ['x', 'хχ'],
  ['y', 'уγ'],
  ['z', 'ᴢ'],
] as const) {
  for (const lookalike of lookalikes) LOOKALIKES.set(lookalike, latin)
}

/** Characters that show nothing: joiners, direction marks, variation selectors, tags. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const LATIN = /[a-z]/
const LOOKALIKE = new RegExp(`[${[...LOOKALIKES.keys()].join('')}]`, 'g')
const WORD_WITH_LOOKALIKE = /[\p{L}\p{M}]+/gu
const WIDE_SPACE = /\s{2,}|[^\S ]/g
const WIDE_ASCII_SPACE = /[\t-\r]| {2}/

/**
 * A text as a reader sees it: compatible forms made plain (NFKC), nothing invisible, accents kept,
 * lookalikes in otherwise Latin words made Latin, small letters, single spaces.
 */
export function normalise(text: string): string {
  if (isAscii(text)) {
    const small = text.toLowerCase()
    return WIDE_ASCII_SPACE.test(small) ? spaced(small) : small
  }
  const visible = text.normalize('NFKC').replaceAll(INVISIBLE, '').toLowerCase()
  LOOKALIKE.lastIndex = 0
  if (!LOOKALIKE.test(visible)) return spaced(visible)
  return spaced(
    visible.replaceAll(WORD_WITH_LOOKALIKE, (word) =>
      LATIN.test(word) ? word.replaceAll(LOOKALIKE, (one) => LOOKALIKES.get(one) ?? one) : word,
    ),
  )
}

function spaced(text: string): string {
  return text.replaceAll(WIDE_SPACE, ' ')
}

/** In UTF-8 only ASCII takes one byte a character; counting them is faster than any pattern. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}

const HIDDEN_TEXT =
  /(?:\udb40[\udc20-\udc7e]){4}|[\u202d\u202e\u2066-\u2068]|[\u200b\u2060\ufeff]{6}/

/** Whether a text holds what nobody can see: letters written in tags, turned directions, long runs of nothing. */
export function hidesText(text: string): boolean {
  return HIDDEN_TEXT.test(text)
}
