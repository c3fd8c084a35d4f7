import fc from 'fast-check'

import { corpus } from '../../fixtures/hostile-scripts.mjs'

/** Scripts of the corpus with pieces of others in them, pieces lost, and pieces repeated. */
export function mutant(): fc.Arbitrary<string> {
  const sources = corpus.map(({ script }) => script).filter((source) => source.length < 2000)
  const tokens = [
    '(',
    ')',
    '{',
    '}',
    '`',
    '/*',
    '=>',
    'async ',
    'await ',
    'for(;;)',
    '...',
    '\u2028',
    '\0',
  ]
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat({ max: 40 }),
    times: fc.nat({ max: 3 }),
    insert: fc.oneof(
      fc.constantFrom(...tokens),
      fc.constantFrom(...sources).map((source) => source.slice(source.indexOf('=>') + 2)),
    ),
  })
  return fc
    .tuple(fc.constantFrom(...sources), fc.array(edit, { maxLength: 4 }))
    .map(([source, edits]) =>
      edits.reduce((text, { at, length, times, insert }) => {
        const index = Math.floor(at * text.length)
        const piece = text.slice(index, index + length)
        return text.slice(0, index) + piece.repeat(times) + insert + text.slice(index + length)
      }, source),
    )
}
