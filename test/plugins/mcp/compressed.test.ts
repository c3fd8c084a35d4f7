import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

import { expect, it, onTestFinished } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { startMcpServer } from '../../helpers/mcp-server.ts'
import { faultOf, startLinked, textOf, type LinkedGateway } from './linked.ts'

const ENCODERS = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync }
type Encoding = keyof typeof ENCODERS

/** A gateway in front of a server whose results are compressed on their way, after they were made longer. */
async function startCompressed(encoding: Encoding, spaces = 0): Promise<LinkedGateway> {
  const server = await startMcpServer()
  onTestFinished(() => server[Symbol.asyncDispose]())

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (
      !String(request.headers['accept-encoding']).includes(encoding) ||
      request.method === 'GET'
    ) {
      response.writeHead(405).end()
      return
    }
    const asked = await buffer(request)
    const { host: _host, connection: _connection, ...headers } = request.headers
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { ...(headers as Record<string, string>), 'accept-encoding': 'identity' },
      body: new Uint8Array(asked),
    })
    const filling = Buffer.alloc(asked.includes('"tools/call"') ? spaces : 0, ' ')
    const compressed = ENCODERS[encoding](Buffer.concat([await answer.bytes(), filling]))
    const kept = ['content-type', 'mcp-session-id'].flatMap((name) => {
      const value = answer.headers.get(name)
      return value === null ? [] : [[name, value] as const]
    })
    response.writeHead(answer.status, {
      ...Object.fromEntries(kept),
      'content-encoding': encoding,
      'content-length': compressed.length,
    })
    response.end(compressed)
  }
  const proxy = createServer((request, response) => void pass(request, response))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/mcp`
  const gateway = await startLinked([mcp.http({ name: 'small', url })])
  onTestFinished(() => gateway.stop())
  return gateway
}

it.each(['gzip', 'deflate', 'br'] as const)(
  'reads what a server compresses with %s',
  async (encoding) => {
    const gateway = await startCompressed(encoding)
    expect(await textOf(await gateway.link('small'), 'echo', { text: 'fine' })).toBe('fine')
  },
)

it('reads no more of a message that is small only while it is compressed', async () => {
  const gateway = await startCompressed('gzip', 16 * 1024 * 1024)
  const fault = await faultOf(textOf(await gateway.link('small'), 'echo', { text: 'fine' }))
  expect(fault.code).toBe('mcp_error')
  expect(fault.message).toContain('a message of more than')
})
