/** The longest first. */
const ENDINGS =
  'ization isation ations ation ments ingly ities ment edly ings iers ists ions ing ers ors ies ied ely ist ion er ed es ly al e s y'.split(
    ' ',
  )
/** No ending is taken off that would leave less. */
export const SHORTEST_STEM = 3

/**
 * A word without its English ending, so that `elections`, `elected` and `electing` are one; other
 * languages lose little by it. It makes no real words and need not: both sides go through it.
 */
export function stem(word: string): string {
  const lower = word.toLowerCase().replace(/['’]s?$/, '')
  const ending = ENDINGS.find((one) => lower.endsWith(one))
  if (ending === undefined || lower.length - ending.length < SHORTEST_STEM) return lower
  const stemmed = lower.slice(0, -ending.length)
  // `betting` and `bet`: what was doubled before the ending is single again.
  return stemmed.length > SHORTEST_STEM && stemmed.at(-1) === stemmed.at(-2)
    ? stemmed.slice(0, -1)
    : stemmed
}
