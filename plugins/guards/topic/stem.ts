const ENDINGS =
  /(?:ization|isation|ations?|ments?|ities|ingly|edly|ings?|iers?|ists?|ers?|ors?|ies|ied|ely|ed|es|ly|al|e|s|y)$/
const SHORTEST_STEM = 3

/**
 * A word without its English ending, so that `elections`, `elected` and `electing` are one; other
 * languages lose little by it. It makes no real words and need not: both sides go through it.
 */
export function stem(word: string): string {
  const lower = word.toLowerCase().replace(/['’]s?$/, '')
  const match = ENDINGS.exec(lower)
  if (!match || match.index < SHORTEST_STEM) return lower
  const stemmed = lower.slice(0, match.index)
  // `betting` and `bet`: what was doubled before the ending is single again.
  return stemmed.length > SHORTEST_STEM && stemmed.at(-1) === stemmed.at(-2)
    ? stemmed.slice(0, -1)
    : stemmed
}
