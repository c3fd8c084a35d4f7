import fc from 'fast-check'
import { expect, it } from 'vitest'

import { createBatchReader, type ClientBatch } from '../../../core/database/client-messages.ts'

const startup = withLength(Buffer.concat([uint32(196608), Buffer.from('user\0postgres\0\0')]))
const encryption = withLength(uint32(80877103))
const cancel = withLength(Buffer.concat([uint32(80877102), uint32(1), uint32(2)]))

it('gives a prepared query as one batch, however it arrives', () => {
  const body = fc.uint8Array({ maxLength: 300 })
  const unit = fc.tuple(
    fc.array(fc.tuple(fc.constantFrom('P', 'B', 'D', 'E', 'd'), body), { maxLength: 5 }),
    fc.tuple(fc.constantFrom('S', 'Q', 'F', 'H'), body),
  )
  fc.assert(
    fc.property(
      fc.array(unit),
      fc.infiniteStream(fc.integer({ min: 1, max: 50 })),
      (units, sizes) => {
        const batches = units.map(([parts, end]) =>
          Buffer.concat([...parts, end].map(([type, content]) => message(type, content))),
        )
        const received = readInChunks(Buffer.concat([startup, ...batches]), sizes)
        expect(received).toEqual([
          { kind: 'startup', bytes: startup },
          ...batches.map((bytes) => ({ kind: 'work', bytes })),
        ])
      },
    ),
  )
})

it('knows a request for encryption, a cancellation and a goodbye', () => {
  const read = createBatchReader()
  const kinds = [encryption, startup, message('X')].flatMap((bytes) => read(bytes))
  expect(kinds.map(({ kind }) => kind)).toEqual(['encryption', 'startup', 'goodbye'])
  expect(createBatchReader()(cancel)).toEqual([{ kind: 'cancel', bytes: cancel }])
})

it('keeps a message to itself until it is complete', () => {
  const read = createBatchReader()
  read(startup)
  const query = message('Q', Buffer.from('select 1\0'))
  expect(read(query.subarray(0, 3))).toEqual([])
  expect(read(query.subarray(3, -1))).toEqual([])
  expect(read(query.subarray(-1))).toEqual([{ kind: 'work', bytes: query }])
})

it('ends with any bytes whatever', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
      const read = createBatchReader()
      const bytes = chunks.flatMap((chunk) => read(Buffer.from(chunk)))
      const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      expect(bytes.reduce((sum, batch) => sum + batch.bytes.length, 0)).toBeLessThanOrEqual(total)
    }),
  )
})

function readInChunks(bytes: Buffer, sizes: Iterable<number>): ClientBatch[] {
  const read = createBatchReader()
  const batches: ClientBatch[] = []
  let start = 0
  for (const size of sizes) {
    if (start >= bytes.length) break
    batches.push(...read(bytes.subarray(start, start + size)))
    start += size
  }
  return batches
}

function message(type: string, content: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from(type), withLength(Buffer.from(content))])
}

function withLength(content: Buffer): Buffer {
  return Buffer.concat([uint32(content.length + 4), content])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
