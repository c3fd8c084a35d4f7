import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { readBody } from '../../core/body.ts'

const HEAD = 'POST / HTTP/1.1\r\nhost: gateway\r\ncontent-length: 11\r\n\r\n'
const LIMIT_BYTES = 100

/** What came of a body, and how often somebody had to listen for its pieces. */
interface Read {
  readonly text: string
  readonly listeners: number
}

describe('the body of a request', () => {
  const reads: Promise<Read>[] = []
  const server = createServer((request, response) => {
    reads.push(readAndCount(request))
    reads.at(-1)?.then(
      () => response.end(),
      () => response.destroy(),
    )
  })

  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterAll(() => {
    server.close()
  })

  async function send(...pieces: readonly string[]): Promise<Read | undefined> {
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    for (const piece of pieces) {
      const asked = reads.length
      socket.write(piece)
      while (reads.length === asked && piece === pieces[0]) await once(server, 'request')
    }
    await once(socket, 'data')
    socket.destroy()
    return reads.at(-1)
  }

  it('is taken as it is, with no listener, when it came with its head', async () => {
    expect(await send(`${HEAD}{"a":"b",1}`)).toEqual({ text: '{"a":"b",1}', listeners: 0 })
  })

  it('is waited for when it comes after its head', async () => {
    expect(await send(HEAD, '{"a":"b",1}')).toEqual({ text: '{"a":"b",1}', listeners: 1 })
  })

  it('is no longer waited for when the client leaves at once', async () => {
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    const asked = once(server, 'request')
    socket.write(`${HEAD}{"a":`, () => socket.resetAndDestroy())
    await asked
    await expect(reads.at(-1)).rejects.toMatchObject({ code: 'client_closed_request' })
  })

  it('is put together when only some of it came with its head', async () => {
    expect(await send(`${HEAD}{"a":`, '"b",1}')).toEqual({ text: '{"a":"b",1}', listeners: 1 })
  })
})

async function readAndCount(request: IncomingMessage): Promise<Read> {
  let listeners = 0
  request.on('newListener', (event) => {
    if (event === 'data') listeners++
  })
  const text = await readBody(request, LIMIT_BYTES)
  return { text, listeners }
}
