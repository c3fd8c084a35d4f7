import { createParser, type EventSourceMessage } from 'eventsource-parser'
import fc from 'fast-check'
import { expect, it } from 'vitest'

import { EventSplitter, StreamEvent } from '../../core/sse.ts'

it('reads an event as the standard says, one line of data or whatever else', () => {
  const line = fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => `data: ${text}`),
    fc.string().map((text) => `data:${text}`),
    fc.string().map((text) => `: ${text}`),
    fc.constantFrom('event: error', 'id: 7', 'retry: 5', 'data', 'data: {"a":1}', 'data: [DONE]'),
  )
  const oneLine = (text: string): string => text.replaceAll(/[\r\n]/g, ' ')
  fc.assert(
    fc.property(
      fc.array(line.map(oneLine), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('\n', '\r\n'),
      (lines, end) => {
        const bytes = Buffer.from(lines.join(end) + end + end)
        const told: EventSourceMessage[] = []
        const parser = createParser({ onEvent: (message) => told.push(message) })
        parser.feed(bytes.toString())
        expect(new StreamEvent(bytes).message).toEqual(told[0])
      },
    ),
    { numRuns: 1000 },
  )
})

it('cuts a stream into the same events, wherever the network cut it', () => {
  const events = ['data: {"a":1}\n\n', ': ping\n\n', 'event: x\r\ndata: 2\r\n\r\n', 'data: é\n\n']
  const bytes = Buffer.from(events.join(''))
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      const splitter = new EventSplitter<unknown>()
      const seen = places.flatMap((place, index) =>
        splitter.push(bytes.subarray(place, places[index + 1] ?? place)),
      )
      expect([...seen, ...splitter.end()].map((event) => event.bytes.toString())).toEqual(events)
    }),
  )
})
