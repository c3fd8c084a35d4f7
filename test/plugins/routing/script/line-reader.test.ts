import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createLineReader } from '../../../../plugins/routing/script/line-reader.ts'

describe('lines that come in pieces', () => {
  it('are whole again, wherever they were cut', () => {
    const texts = fc.array(
      fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ' ')),
    )
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 7 }), (lines, size) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const read = createLineReader(10_000, () => {})
        const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
          bytes.subarray(index * size, (index + 1) * size),
        )
        expect(pieces.flatMap((piece) => read(piece))).toEqual(lines)
      }),
    )
  })

  it('are given up when one does not end', () => {
    let isTooLong = false
    const read = createLineReader(10, () => (isTooLong = true))

    expect(read(Buffer.from('short\nlonger'))).toEqual(['short'])
    expect(isTooLong).toBe(false)
    expect(read(Buffer.from(' than ten'))).toEqual([])
    expect(isTooLong).toBe(true)
    expect(read(Buffer.from('\nmore\n'))).toEqual([])
  })
})
