import fastCheck from 'fast-check'
import { expect, it } from 'vitest'

import { splitText } from '../../../plugins/guards/azure-content-safety/split-text.ts'
import { findEveryExcerpt, mergeOverlaps } from '../../../plugins/guards/guard/find-excerpts.ts'
import { toFound } from '../../../plugins/guards/presidio/entities.ts'
import { masked } from './guarded.ts'

const letters = fastCheck.string({
  unit: fastCheck.constantFrom('a', 'b', ' ', '🙂'),
  maxLength: 30,
})

it('nothing is left of passages that are covered, however they overlap', () => {
  const passages = fastCheck.array(fastCheck.tuple(fastCheck.nat(29), fastCheck.nat(29)), {
    maxLength: 4,
  })
  fastCheck.assert(
    fastCheck.property(letters, passages, (text, places) => {
      const excerpts = places
        .map(([start, end]) => ({ text: text.slice(start, end), label: 'X' }))
        .filter((one) => one.text.trim() !== '')
      const content = { stage: 'input', segments: [{ role: 'user', kind: 'text', text }] } as const
      const spans = findEveryExcerpt(content, excerpts) ?? []
      const covered = masked(
        text,
        spans.map((span) => ({ ...span, mask: '#' })),
      )
      for (const { text: passage } of excerpts) expect(covered).not.toContain(passage)
    }),
  )
})

it('a passage that is not there is told', () => {
  const content = {
    stage: 'input',
    segments: [{ role: 'user', kind: 'text', text: 'Ann' }],
  } as const
  expect(findEveryExcerpt(content, [{ text: 'Anna', label: 'X' }])).toBeUndefined()
  expect(findEveryExcerpt(content, [{ text: ' ', label: 'X' }])).toBeUndefined()
  expect(findEveryExcerpt(content, [])).toEqual([])
})

it('places that overlap are merged, and none touches another', () => {
  const place = fastCheck.tuple(fastCheck.nat(20), fastCheck.integer({ min: 1, max: 9 }))
  fastCheck.assert(
    fastCheck.property(fastCheck.array(place, { maxLength: 8 }), (places) => {
      const found = places.map(([start, length]) => ({ start, end: start + length, label: 'X' }))
      const merged = mergeOverlaps(found)
      const cells = (all: typeof found): number[] =>
        Array.from({ length: 30 }, (_none, at) => at).filter((at) =>
          all.some(({ start, end }) => start <= at && at < end),
        )
      expect(cells(merged)).toEqual(cells(found))
      merged.slice(1).forEach((one, index) => {
        expect(one.start).toBeGreaterThanOrEqual(merged[index]?.end ?? 0)
      })
    }),
  )
})

it('places in code points become the same places in UTF-16 units', () => {
  fastCheck.assert(
    fastCheck.property(letters, fastCheck.nat(30), fastCheck.nat(30), (text, start, end) => {
      const characters = Array.from(text)
      const [found] = toFound(text, [{ entity_type: 'X', start, end, score: 1 }]) ?? []
      const expected = characters.slice(start, end).join('')
      const isThere = start < end && end <= characters.length
      expect(found && text.slice(found.start, found.end)).toBe(isThere ? expected : undefined)
    }),
  )
})

it('every short passage of a long text stands whole in one of its pieces', () => {
  const passage = '🙂'.repeat(499)
  const filling = fastCheck.integer({ min: 0, max: 40_000 })
  fastCheck.assert(
    fastCheck.property(filling, filling, (before, after) => {
      const pieces = splitText(`${'a'.repeat(before)}${passage}${'b'.repeat(after)}`)
      expect(pieces.some((piece) => piece.includes(passage))).toBe(true)
      expect(Math.max(...pieces.map((piece) => Array.from(piece).length))).toBeLessThanOrEqual(
        10_000,
      )
    }),
    { numRuns: 20 },
  )
})
