import fc from 'fast-check'
import { expect, it } from 'vitest'

import { Roster, type Place } from '../../core/roster.ts'

it('tells who is present in the order in which they came, whoever leaves, and how often', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(50))), (moves) => {
      const roster = new Roster<number>()
      const places: Place<number>[] = []
      const present = new Set<Place<number>>()
      for (const leaving of moves) {
        if (leaving === null) {
          const place = roster.add(places.length)
          places.push(place)
          present.add(place)
        } else {
          const place = places[leaving]
          if (place) roster.remove(place)
          if (place) present.delete(place)
        }
        expect(roster.all()).toEqual(places.flatMap((place, at) => (present.has(place) ? at : [])))
        expect(roster.first).toBe([...present][0])
      }
    }),
  )
})

it('holds nothing where somebody has left', () => {
  const roster = new Roster<object>()
  roster.add({})
  const place = roster.add({})
  roster.add({})
  roster.remove(place)
  expect(place).toEqual({ item: undefined, previous: undefined, next: undefined })
})
