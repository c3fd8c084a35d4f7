import fc from 'fast-check'
import { expect, it } from 'vitest'

import { inOnePiece } from '../../core/one-piece.ts'

it('leaves every text as it is, whatever letters and how many of them it has', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.string({ unit: 'grapheme-ascii', minLength: 200, maxLength: 300 }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  )
  fc.assert(
    fc.property(texts, fc.nat(), (text, at) => {
      const cut = at % (text.length + 1)
      expect(inOnePiece(text.slice(0, cut) + text.slice(cut))).toBe(text)
      expect(inOnePiece(text.slice(cut))).toBe(text.slice(cut))
    }),
  )
})
