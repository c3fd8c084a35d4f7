const SENTENCES =
  'Could you please help me plan a week in Lisbon with two children? We like museums, good food and ' +
  'quiet evenings. The flight arrives on 12 March at 10:30 and the hotel costs 140.50 a night. ' +
  'My sister, who lives near the river, says that the trams are slow but worth it. '

/** Prose of so many characters in which guards find nothing, in one piece as a parsed body has it. */
export function textOf(characters: number): string {
  const text = SENTENCES.repeat(Math.ceil(characters / SENTENCES.length)).slice(0, characters)
  return Buffer.from(text).toString()
}
