import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createJoiner } from '../../../plugins/usage/ledger/joiner.ts'

it('joins batches of pieces one after the other, the first of which may be empty', () => {
  const pieces = fc.array(fc.string({ unit: 'binary' }), { minLength: 1 })
  fc.assert(
    fc.property(fc.array(pieces), fc.constantFrom(',', '\x1e', '--'), (batches, separator) => {
      const join = createJoiner(separator)
      for (const batch of batches) {
        const whole = join(batch.map((piece) => Buffer.from(piece)))
        expect(whole.toString()).toBe(batch.join(separator))
      }
    }),
  )
})
