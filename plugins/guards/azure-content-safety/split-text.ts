/** The most that Azure reads at once, in code points. */
const LONGEST = 10_000
/** How much of a piece the next one repeats, so that nothing hides where they meet. */
const OVERLAP = 500

/** A long text in pieces that overlap. */
export function splitText(text: string): readonly string[] {
  if (text.length <= LONGEST) return [text]
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let from = 0; ; from += LONGEST - OVERLAP) {
    pieces.push(characters.slice(from, from + LONGEST).join(''))
    if (from + LONGEST >= characters.length) return pieces
  }
}
