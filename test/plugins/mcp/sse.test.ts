import { expect, it } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { findPort } from '../../helpers/find-port.ts'
import { asking, faultOf, startLinked, textOf } from './linked.ts'
import { startOldSseServer } from './old-sse-server.ts'

it('lists and calls the tools of a server over the transport of 2024-11-05', async () => {
  await using server = await startOldSseServer()
  await using gateway = await startLinked([mcp.sse({ name: 'old', url: server.url })])
  const link = await gateway.link('old')

  expect((await link.tools()).map(({ name }) => name)).toEqual(['echo', 'hang', 'progress', 'ask'])
  expect(await textOf(link, 'echo', { text: 'hello' })).toBe('hello')
  expect(server.streams.size).toBe(1)
})

it('tells of progress to the request that it belongs to', async () => {
  await using server = await startOldSseServer()
  await using gateway = await startLinked([mcp.sse({ name: 'old', url: server.url })])
  const link = await gateway.link('old')
  const options = asking()

  const params = { _meta: { progressToken: 'mine' } }
  await link.callTool({ name: 'progress', arguments: {}, params }, options)
  expect(options.heard.map(({ params: said }) => said)).toEqual(
    [1, 2, 3].map((progress) => ({ progressToken: 'mine', progress, total: 3 })),
  )
})

it('asks the client whose session it is, and nobody else', async () => {
  await using server = await startOldSseServer()
  await using gateway = await startLinked([mcp.sse({ name: 'old', url: server.url })])
  const askable = (sessionId: string, colour: string) =>
    gateway.link('old', {
      sessionId,
      capabilities: { elicitation: {} },
      ask: () => Promise.resolve({ action: 'accept', content: { colour } }),
    })
  const [red, blue] = await Promise.all([askable('one', 'red'), askable('two', 'blue')])

  const said = await Promise.all([textOf(red, 'ask'), textOf(blue, 'ask')])
  expect(said).toEqual(['accept red', 'accept blue'])
})

it('fails the calls of a stream that is cut, and connects again for the next one', async () => {
  await using server = await startOldSseServer()
  await using gateway = await startLinked([mcp.sse({ name: 'old', url: server.url })])
  const link = await gateway.link('old')
  await link.tools()

  const call = faultOf(textOf(link, 'hang'))
  await expect.poll(() => server.streams.size).toBe(1)
  server.cut()
  expect(await call).toMatchObject({ code: 'mcp_server_unavailable' })
  expect(await textOf(link, 'echo', { text: 'again' })).toBe('again')
  expect(gateway.mcp.get('old', '').status()).toMatchObject({ state: 'ready', restarts: 1 })
  expect(server.streams.size).toBe(1)
})

it('says that the server is gone, and rests, when nobody listens there any more', async () => {
  const server = await startOldSseServer(await findPort())
  await using gateway = await startLinked([mcp.sse({ name: 'old', url: server.url })])
  const link = await gateway.link('old')
  await link.tools()
  await server.stop()

  const fault = await faultOf(textOf(link, 'echo', { text: 'anybody?' }))
  expect(fault).toMatchObject({ code: 'mcp_server_unavailable' })
  expect(fault.message).not.toContain('127.0.0.1')
  await faultOf(textOf(link, 'echo', { text: 'anybody?' }))
  expect(gateway.mcp.get('old', '').status()).toMatchObject({ state: 'failed' })
})

it('leaves no stream open when the gateway stops', async () => {
  await using server = await startOldSseServer()
  const gateway = await startLinked([mcp.sse({ name: 'old', url: server.url })])
  await (await gateway.link('old')).tools()
  expect(server.streams.size).toBe(1)

  await gateway.stop()
  await expect.poll(() => server.streams.size).toBe(0)
})
