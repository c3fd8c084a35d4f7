import fastCheck from 'fast-check'
import { expect, it } from 'vitest'

import { longestMatch } from '../../../../plugins/guards/regex/longest-match.ts'
import { compilePattern } from '../../../../plugins/guards/regex/pattern.ts'

it.each([
  ['abc', 3],
  ['a|bcd', 3],
  ['(?:ab|c){2,3}x?', 7],
  ['(?P<year>a{4})-b', 6],
  ['(?i)ab', 2],
  ['^ab$', 2],
  ['a{2}{3}', 6],
  ['[]a-c]', 2],
  ['[[:alpha:]x]b', 3],
  ['\\bé\\b', 1],
  ['', 0],
])('%s matches at most %i characters', (pattern, length) => {
  expect(longestMatch(pattern)).toBe(length)
})

it.each(['a*', 'ab+', 'a{2,}', '(a|b*)c', '\\Qa*\\E', '.*?', 'a(?:b+){0,3}'])(
  '%s has no greatest length',
  (pattern) => {
    expect(longestMatch(pattern)).toBeUndefined()
  },
)

it('is never shorter than what a pattern matches', () => {
  const atom = fastCheck.constantFrom('a', 'b', '.', '[ab]', '\\w', '\\x61', '[^a]', '\\pL', '😀')
  const pattern = fastCheck.letrec((tie) => ({
    any: fastCheck.oneof(
      { maxDepth: 3 },
      atom,
      fastCheck.tuple(tie('any'), tie('any')).map((both) => both.join('')),
      fastCheck.tuple(tie('any'), tie('any')).map((both) => `(?:${both.join('|')})`),
      tie('any').map((one) => `(?:${one as string})?`),
      tie('any').map((one) => `(${one as string}){1,3}`),
    ),
  })).any as fastCheck.Arbitrary<string>
  const text = fastCheck.string({ unit: fastCheck.constantFrom('a', 'b', '😀'), maxLength: 30 })
  fastCheck.assert(
    fastCheck.property(pattern, text, (source, said) => {
      const matcher = compilePattern(source).matcher(said)
      const longest = longestMatch(source) ?? Infinity
      while (matcher.find()) expect(matcher.end() - matcher.start()).toBeLessThanOrEqual(longest)
    }),
    { numRuns: 500 },
  )
})
