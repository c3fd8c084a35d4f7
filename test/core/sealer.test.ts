import { randomBytes } from 'node:crypto'

import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createSealer } from '#core'

const sealer = createSealer(() => randomBytes(32))
const place = fc.array(fc.string(), { minLength: 1, maxLength: 5 })

it('opens what was sealed, in its own place', () => {
  fc.assert(
    fc.property(fc.jsonValue(), place, (value, here) => {
      const sealed = sealer.seal(value, here)
      expect(JSON.stringify(sealer.open(sealed, here))).toBe(JSON.stringify(value))
    }),
  )
})

it('opens nothing in another place, also when the parts are divided elsewhere', () => {
  fc.assert(
    fc.property(place, place, (here, there) => {
      fc.pre(JSON.stringify(here) !== JSON.stringify(there))
      expect(sealer.open(sealer.seal('secret', here), there)).toBeUndefined()
    }),
  )
  expect(sealer.open(sealer.seal('secret', ['ab', 'c']), ['a', 'bc'])).toBeUndefined()
})

it('opens nothing that was changed, cut off, or sealed with another key', () => {
  const sealed = sealer.seal('secret', ['here'])
  fc.assert(
    fc.property(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ difference
      expect(sealer.open(changed, ['here'])).toBeUndefined()
      expect(sealer.open(sealed.subarray(0, at), ['here'])).toBeUndefined()
    }),
  )
  expect(createSealer(() => randomBytes(32)).open(sealed, ['here'])).toBeUndefined()
})

it('never seals the same value to the same bytes', () => {
  expect(sealer.seal('secret', ['here'])).not.toEqual(sealer.seal('secret', ['here']))
})
