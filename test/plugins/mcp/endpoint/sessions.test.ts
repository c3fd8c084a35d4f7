import { describe, expect, it } from 'vitest'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestGateway } from '../../../helpers/gateway.ts'
import { callText, connectClient } from './clients.ts'
import { bearer, fixedKeys } from './keys.ts'
import { beginSession, INITIALIZE, LIST_TOOLS, sendMessage } from './raw-client.ts'

const echo = mcp.tools({
  name: 'local',
  tools: [
    {
      name: 'echo',
      description: 'Says it again.',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
      run: ({ text }) => String(text),
    },
  ],
})

type Options = Parameters<typeof mcpEndpoint>[0]

function start(options: Options = {}): Promise<TestGateway> {
  return startGateway({ plugins: [echo, fixedKeys(), mcpEndpoint(options)] })
}

const one = bearer('sk-one')

describe('A session of a client of 2025', () => {
  it('belongs to the key that began it', async () => {
    await using gateway = await start()
    const id = await beginSession(gateway, '/mcp/local', one)
    const own = await sendMessage(gateway, '/mcp/local', LIST_TOOLS, {
      ...one,
      'mcp-session-id': id,
    })
    expect(own.message.result.tools).toMatchObject([{ name: 'echo' }])
    for (const key of ['sk-also', 'sk-other']) {
      const foreign = await sendMessage(gateway, '/mcp/local', LIST_TOOLS, {
        ...bearer(key),
        'mcp-session-id': id,
      })
      expect(foreign.status).toBe(404)
      expect(foreign.message.error).toEqual({ code: -32001, message: 'Session not found' })
    }
  })

  it('belongs to the URL that it began at', async () => {
    await using gateway = await start()
    const id = await beginSession(gateway, '/mcp/local', one)
    const headers = { ...one, 'mcp-session-id': id }
    expect((await sendMessage(gateway, '/mcp', LIST_TOOLS, headers)).status).toBe(404)
  })

  it('asks for the key with each request', async () => {
    await using gateway = await start()
    const id = await beginSession(gateway, '/mcp/local', one)
    const answer = await sendMessage(gateway, '/mcp/local', LIST_TOOLS, { 'mcp-session-id': id })
    expect(answer.status).toBe(401)
  })

  it('is over when the client says so', async () => {
    await using gateway = await start()
    const id = await beginSession(gateway, '/mcp/local', one)
    const headers = { ...one, 'mcp-session-id': id }
    const url = `${gateway.url}/mcp/local`
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200)
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(404)
    expect((await sendMessage(gateway, '/mcp/local', LIST_TOOLS, headers)).status).toBe(404)
  })

  it('makes room for the next one of its key, and of no other', async () => {
    await using gateway = await start({ sessionsPerKey: 2, sessions: 3 })
    const first = await beginSession(gateway, '/mcp/local', one)
    const second = await beginSession(gateway, '/mcp/local', one)
    const other = await beginSession(gateway, '/mcp/local', bearer('sk-other'))
    const use = async (id: string, headers: Record<string, string>): Promise<number> =>
      (await sendMessage(gateway, '/mcp/local', LIST_TOOLS, { ...headers, 'mcp-session-id': id }))
        .status
    expect(await use(first, one)).toBe(200)
    await beginSession(gateway, '/mcp/local', one)
    expect(await use(second, one)).toBe(404)
    expect(await use(first, one)).toBe(200)
    expect(await use(other, bearer('sk-other'))).toBe(200)
    const full = await sendMessage(gateway, '/mcp/local', INITIALIZE, bearer('sk-also'))
    expect(full.status).toBe(503)
    expect(full.message.error).toMatchObject({ code: -32000, data: { code: 'overloaded' } })
  })

  it('is not known to a gateway that was started anew, so that the client begins again', async () => {
    const gateway = await start()
    const id = await beginSession(gateway, '/mcp/local', one)
    await gateway.stop()
    await using next = await start()
    const answer = await sendMessage(next, '/mcp/local', LIST_TOOLS, {
      ...one,
      'mcp-session-id': id,
    })
    expect(answer.status).toBe(404)
    const again = await beginSession(next, '/mcp/local', one)
    expect(again).not.toBe(id)
  })
})

describe('A gateway that stops', () => {
  it('ends the streams of clients of both revisions at once', async () => {
    const gateway = await start()
    await using old = await connectClient('2025-11-25', `${gateway.url}/mcp`, { headers: one })
    expect(await callText(old.client, 'local__echo', { text: 'hi' })).toBe('hi')
    await using modern = await connectClient('2026-07-28', `${gateway.url}/mcp`, { headers: one })
    expect(await callText(modern.client, 'local__echo', { text: 'hi' })).toBe('hi')
    const stream = await fetch(`${gateway.url}/mcp/local`, {
      headers: {
        ...one,
        accept: 'text/event-stream',
        'mcp-session-id': await beginSession(gateway, '/mcp/local', one),
      },
    })
    const ended = stream.text()
    await gateway.stop()
    expect(await ended).toBe('')
  })
})

describe('A client whose gateway was started anew', () => {
  it('is told that its session is gone, begins again and goes on', async () => {
    let gateway = await start()
    const connect = (): ReturnType<typeof connectClient> =>
      connectClient('2025-11-25', 'http://gateway.test/mcp/local', {
        headers: one,
        // The address stays the same, as behind a load balancer.
        fetch: (url, init) => fetch(gateway.url + new URL(url).pathname, init),
      })
    const before = await connect()
    expect(await callText(before.client, 'echo', { text: 'before' })).toBe('before')
    await gateway.stop()
    gateway = await start()
    await expect(callText(before.client, 'echo', { text: 'lost' })).rejects.toMatchObject({
      status: 404,
    })
    await before.client.close()
    await using after = await connect()
    expect(await callText(after.client, 'echo', { text: 'after' })).toBe('after')
    await gateway.stop()
  })
})
