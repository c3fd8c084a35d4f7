import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { FreshLines } from '../../../plugins/usage/ledger/fresh-lines.ts'

const FILE = 7
const MEGABYTE = 1024 * 1024

/** A file of lines as its segment writes and stores it. */
function createFile(lines: FreshLines): {
  write(text: string): void
  store(mostBytes: number): readonly string[] | undefined
} {
  let written = 0
  let stored = 0
  return {
    write(text) {
      const line = lines.lineOf(text)
      if (stored === written) lines.begin(FILE, written)
      lines.add(line, FILE, written)
      written += line.length
    },
    store(mostBytes) {
      const known = lines.read(FILE, stored, mostBytes)
      const texts = known?.texts.map(String)
      if (known) lines.pass(known.texts.length, known.length)
      stored = known ? stored + known.length : written
      return texts
    },
  }
}

describe('the lines that were written last', () => {
  it('are told as they were written and in order, however often their memory is used again', () => {
    const write = fc.integer({ min: 1, max: 700_000 })
    const store = fc.constant('store' as const)
    fc.assert(
      fc.property(fc.array(fc.oneof(write, store), { maxLength: 60 }), (steps) => {
        const file = createFile(new FreshLines())
        const waiting: string[] = []
        const told: (readonly string[])[] = []
        const expected: (readonly string[])[] = []
        for (const [index, step] of steps.entries()) {
          if (step === 'store') {
            const texts = file.store(MEGABYTE)
            const done = waiting.splice(0, texts?.length ?? waiting.length)
            told.push(texts ?? done)
            expected.push(done)
          } else {
            const text = `${index} é`.padEnd(step, String.fromCharCode(97 + (index % 26)))
            file.write(text)
            waiting.push(text)
          }
        }
        expect(told).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })

  it('stay in memory for as long as there is room, and no longer', () => {
    const file = createFile(new FreshLines())
    for (let round = 0; round < 10; round++) {
      file.write('a'.repeat(600_000))
      file.write('b'.repeat(600_000))
      expect(file.store(MEGABYTE)).toHaveLength(1)
      expect(file.store(MEGABYTE)).toHaveLength(1)
    }
    for (let line = 0; line < 4; line++) file.write('c'.repeat(600_000))
    expect(file.store(3 * MEGABYTE)).toHaveLength(3)
    expect(file.store(3 * MEGABYTE)).toBeUndefined()
  })

  it('are not those of another file', () => {
    const lines = new FreshLines()
    lines.begin(FILE, 0)
    lines.add(lines.lineOf('mine'), FILE, 0)
    lines.begin(FILE + 1, 0)
    lines.add(lines.lineOf('yours'), FILE + 1, 0)
    expect(lines.read(FILE + 1, 0, 100)).toBeUndefined()
    expect(lines.read(FILE, 0, 100)?.texts.map(String)).toEqual(['mine'])
    lines.forget(FILE)
    expect(lines.read(FILE, 0, 100)).toBeUndefined()
  })
})
