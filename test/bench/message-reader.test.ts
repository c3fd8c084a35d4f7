import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createMessageReader } from './message-reader.ts'

/** Reads a wire cut at the given places, and tells each message as its head's first line and its body. */
function read(wire: string, cuts: readonly number[]): string[] {
  const messages: string[] = []
  let current = ''
  const feed = createMessageReader({
    head: (head) => (current = `${head.split('\r\n')[0]}|`),
    body: (bytes) => (current += bytes.toString()),
    end: () => void messages.push(current),
  })
  const places = [0, ...cuts.toSorted((a, b) => a - b), wire.length]
  const bytes = Buffer.from(wire)
  places.slice(1).forEach((end, index) => feed(bytes.subarray(places[index], end)))
  return messages
}

describe('the message reader', () => {
  const sized = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
  const chunked =
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n'
  const empty = 'HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'
  const request = 'GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n'

  it('reads a body by its length and takes the chunks off another', () => {
    expect(read(sized + chunked, [])).toEqual(['HTTP/1.1 200 OK|hello', 'HTTP/1.1 200 OK|hello'])
  })

  it('reads an answer with an empty body and a request with none', () => {
    expect(read(empty + request, [])).toEqual(['HTTP/1.1 500 No|', 'GET /v1/models HTTP/1.1|'])
  })

  it('takes an answer without a length to run until the connection closes', () => {
    expect(read('HTTP/1.1 200 OK\r\n\r\nhello', [])).toEqual([])
  })

  it('reads the same however the bytes are cut', () => {
    const wire = sized + chunked + empty + request + chunked
    const whole = read(wire, [])
    fc.assert(
      fc.property(fc.array(fc.nat(wire.length), { maxLength: 20 }), (cuts) => {
        expect(read(wire, cuts)).toEqual(whole)
      }),
    )
  })
})
