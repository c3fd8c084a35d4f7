import fc from 'fast-check'
import { expect, it } from 'vitest'

import { fromSpoolLines, toSpoolLine } from '../../../plugins/usage/ledger/spool-line.ts'

const rows = fc.array(
  fc.json().map((json) => JSON.stringify(JSON.parse(json))),
  { minLength: 1, maxLength: 20 },
)

const toBytes = (list: readonly string[]): Buffer => Buffer.concat(list.map(toSpoolLine))

function read(bytes: Buffer): { texts: string[]; damagedCount: number; length: number } {
  const lines = fromSpoolLines(bytes)
  return { ...lines, texts: lines.texts.map(String) }
}

it('reads back what it wrote', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const bytes = toBytes(list)
      expect(read(bytes)).toEqual({ texts: list, damagedCount: 0, length: bytes.length })
    }),
  )
})

it('leaves a line alone that is torn at any byte', () => {
  fc.assert(
    fc.property(rows, fc.nat(), (list, at) => {
      const bytes = toBytes(list)
      const torn = bytes.subarray(0, at % bytes.length)
      const lines = read(torn)
      expect(lines.texts).toEqual(list.slice(0, lines.texts.length))
      expect(lines.damagedCount).toBe(0)
      expect(torn.subarray(lines.length).includes('\n')).toBe(false)
    }),
  )
})

it('counts a line that is damaged at any byte, and reads all others', () => {
  fc.assert(
    fc.property(rows, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, at, change) => {
      const bytes = toBytes(list)
      const index = at % (bytes.length - 1)
      bytes[index] = (bytes[index] ?? 0) ^ change
      const lines = read(bytes)
      expect(lines.damagedCount).toBeGreaterThan(0)
      expect(list).toEqual(expect.arrayContaining([...lines.texts]))
      expect(lines.texts.length).toBeGreaterThanOrEqual(list.length - 2)
    }),
  )
})
