import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestGateway } from '../../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../../helpers/mcp-server.ts'
import { bearer, fixedKeys } from './keys.ts'

const start = (server: TestMcpServer): Promise<TestGateway> =>
  startGateway({
    plugins: [mcp.http({ name: 'first', url: server.url }), fixedKeys(), mcpEndpoint()],
  })

const one = { requestInit: { headers: bearer('sk-one') } }

const transports = {
  'Streamable HTTP': (url: string) => new StreamableHTTPClientTransport(new URL(url), one),
  'the old SSE transport': (url: string) => new SSEClientTransport(new URL(`${url}/sse`), one),
}

describe.each(Object.entries(transports))('A client of SDK v1 over %s', (_name, connect) => {
  it('lists and calls tools, and is asked', async () => {
    await using server = await startMcpServer()
    await using gateway = await start(server)
    const client = new ClientV1(
      { name: 'old-client', version: '1.0.0' },
      { capabilities: { elicitation: {}, sampling: {} } },
    )
    client.setRequestHandler(ElicitRequestSchema, () => ({
      action: 'accept',
      content: { colour: 'blue' },
    }))
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'a-model',
      role: 'assistant',
      content: { type: 'text', text: 'a sample' },
    }))
    await client.connect(connect(`${gateway.url}/mcp/first`))
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('ask')
    expect(await client.callTool({ name: 'ask' })).toMatchObject({
      content: [{ text: 'the colour is blue' }],
    })
    expect(await client.callTool({ name: 'sample', arguments: { text: 'x' } })).toMatchObject({
      content: [{ text: expect.stringContaining('a sample') }],
    })
    await client.close()
  })
})

describe('The old SSE transport', () => {
  it('binds its address for messages to the key', async () => {
    await using server = await startMcpServer()
    await using gateway = await start(server)
    const left = new AbortController()
    const stream = await fetch(`${gateway.url}/mcp/first/sse`, {
      headers: bearer('sk-one'),
      signal: left.signal,
    })
    const reader = stream.body!.getReader()
    const { value } = await reader.read()
    const address = /data: (.*)/.exec(new TextDecoder().decode(value))?.[1] ?? ''
    const post = (key: string, body: unknown): Promise<Response> =>
      fetch(new URL(address, `${gateway.url}/mcp/first/sse`), {
        method: 'POST',
        headers: { ...bearer(key), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    expect((await post('sk-other', ping)).status).toBe(404)
    expect((await post('sk-one', { nothing: 'known' })).status).toBe(400)
    expect((await post('sk-one', ping)).status).toBe(400)
    left.abort()
    await expect.poll(async () => (await post('sk-one', ping)).status).toBe(404)
  })

  it('ends its streams when the gateway stops', async () => {
    await using server = await startMcpServer()
    const gateway = await start(server)
    const stream = await fetch(`${gateway.url}/mcp/first/sse`, { headers: bearer('sk-one') })
    const text = stream.text()
    await gateway.stop()
    expect(await text).toContain('event: endpoint')
  })
})
