import fc from 'fast-check'
import { expect, it } from 'vitest'

import { fromSpoolLines, toSpoolLine } from '../../../plugins/usage/ledger/spool-line.ts'

const MANY = 10_000
const rows = fc.array(
  fc.json().map((json) => JSON.stringify(JSON.parse(json))),
  { minLength: 1, maxLength: 20 },
)

const toBytes = (list: readonly string[]): Buffer => Buffer.from(list.map(toSpoolLine).join(''))

it('reads back what it wrote', () => {
  fc.assert(
    fc.property(rows, (list) => {
      const bytes = toBytes(list)
      expect(fromSpoolLines(bytes, MANY)).toEqual({
        rows: list,
        damagedCount: 0,
        length: bytes.length,
      })
    }),
  )
})

it('reads no more rows than it is asked for, and goes on where it stopped', () => {
  const bytes = toBytes(['1', '2', '3'])
  const first = fromSpoolLines(bytes, 2)
  expect(first.rows).toEqual(['1', '2'])
  expect(fromSpoolLines(bytes.subarray(first.length), 2).rows).toEqual(['3'])
})

it('leaves a line alone that is torn at any byte', () => {
  fc.assert(
    fc.property(rows, fc.nat(), (list, at) => {
      const bytes = toBytes(list)
      const torn = bytes.subarray(0, at % bytes.length)
      const read = fromSpoolLines(torn, MANY)
      expect(read.rows).toEqual(list.slice(0, read.rows.length))
      expect(read.damagedCount).toBe(0)
      expect(torn.subarray(read.length).includes('\n')).toBe(false)
    }),
  )
})

it('counts a line that is damaged at any byte, and reads all others', () => {
  fc.assert(
    fc.property(rows, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, at, change) => {
      const bytes = toBytes(list)
      const index = at % (bytes.length - 1)
      bytes[index] = (bytes[index] ?? 0) ^ change
      const read = fromSpoolLines(bytes, MANY)
      expect(read.damagedCount).toBeGreaterThan(0)
      expect(list).toEqual(expect.arrayContaining([...read.rows]))
      expect(read.rows.length).toBeGreaterThanOrEqual(list.length - 2)
    }),
  )
})
