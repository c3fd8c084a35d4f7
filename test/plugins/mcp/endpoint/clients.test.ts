import { describe, expect, it } from 'vitest'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestGateway } from '../../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../../helpers/mcp-server.ts'
import { callText, connectClient, ERAS } from './clients.ts'

function gatewayOf(...servers: readonly { name: string; server: TestMcpServer }[]) {
  const entries = servers.map(({ name, server }) => mcp.http({ name, url: server.url }))
  return startGateway({ plugins: [...entries, mcpEndpoint()] })
}

describe.each(ERAS)('A client of %s', (era) => {
  describe.each(ERAS)('with servers of %s', (upstreamEra) => {
    async function start(): Promise<{ gateway: TestGateway; stop: () => Promise<void> }> {
      const first = await startMcpServer({ eras: upstreamEra })
      const second = await startMcpServer({ eras: upstreamEra })
      const gateway = await gatewayOf(
        { name: 'first', server: first },
        { name: 'second', server: second },
      )
      return {
        gateway,
        async stop() {
          await gateway.stop()
          await Promise.all([first.stop(), second.stop()])
        },
      }
    }

    it('finds the tools of one server under their own names', async () => {
      const { gateway, stop } = await start()
      await using connected = await connectClient(era, `${gateway.url}/mcp/first`)
      const { client } = connected
      expect(client.getNegotiatedProtocolVersion()).toBe(era)
      const { tools } = await client.listTools()
      expect(tools.map(({ name }) => name)).toContain('echo')
      expect(await callText(client, 'echo', { text: 'hello' })).toBe('hello')
      expect(client.getInstructions()).toBe('A server for tests.')
      await stop()
    })

    it('finds the tools of all servers, each with the name of its server', async () => {
      const { gateway, stop } = await start()
      await using connected = await connectClient(era, `${gateway.url}/mcp`)
      const { client } = connected
      const names = (await client.listTools()).tools.map(({ name }) => name)
      expect(names).toContain('first__echo')
      expect(names).toContain('second__echo')
      expect(new Set(names).size).toBe(names.length)
      expect(names.indexOf('first__echo')).toBeLessThan(names.indexOf('second__echo'))
      expect(await callText(client, 'second__echo', { text: 'hello' })).toBe('hello')
      expect(client.getInstructions()).toContain('# second\n\nA server for tests.')
      await stop()
    })

    it('gets structured content, images and the errors of tools as they are', async () => {
      const { gateway, stop } = await start()
      await using connected = await connectClient(era, `${gateway.url}/mcp`)
      const { client } = connected
      const sum = await client.callTool({ name: 'first__add', arguments: { a: 2, b: 3 } })
      expect(sum.structuredContent).toEqual({ sum: 5 })
      const image = await client.callTool({ name: 'first__image' })
      expect(image.content).toMatchObject([{ type: 'image', mimeType: 'image/png' }])
      const failure = await client.callTool({ name: 'first__fail' })
      expect(failure).toMatchObject({ isError: true, content: [{ text: 'it went wrong' }] })
      await stop()
    })

    it('reads resources, templates and prompts of all servers', async () => {
      const { gateway, stop } = await start()
      await using connected = await connectClient(era, `${gateway.url}/mcp`)
      const { client } = connected
      const { resources } = await client.listResources()
      expect(resources.map(({ uri }) => uri)).toEqual(['note://hello'])
      const { resourceTemplates } = await client.listResourceTemplates()
      expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual([
        'note://by-name/{name}',
      ])
      const read = await client.readResource({ uri: 'note://by-name/milk' })
      expect(read.contents).toMatchObject([{ text: 'the note milk' }])
      const { prompts } = await client.listPrompts()
      expect(prompts.map(({ name }) => name)).toEqual(['first__greet', 'second__greet'])
      const prompt = await client.getPrompt({ name: 'second__greet', arguments: { name: 'Ada' } })
      expect(prompt.messages).toMatchObject([{ content: { text: 'Greet Ada.' } }])
      await stop()
    })

    it('hears progress and log messages of its call', async () => {
      const { gateway, stop } = await start()
      const logged: unknown[] = []
      await using connected = await connectClient(era, `${gateway.url}/mcp/first`, {
        prepare(client) {
          client.setNotificationHandler('notifications/message', ({ params }) => {
            logged.push(params.data)
          })
        },
      })
      const { client } = connected
      const progress: number[] = []
      const meta = { 'io.modelcontextprotocol/logLevel': 'info' }
      const _meta = era === '2026-07-28' ? { _meta: meta } : {}
      await client.callTool(
        { name: 'progress', arguments: { steps: 3 }, ..._meta },
        { onprogress: (step) => progress.push(step.progress) },
      )
      expect(progress).toEqual([1, 2, 3])
      expect(logged).toEqual(['working on 3 steps'])
      await stop()
    })

    it('is asked what the server wants to know', async () => {
      const { gateway, stop } = await start()
      const asked: string[] = []
      await using connected = await connectClient(era, `${gateway.url}/mcp`, {
        capabilities: { elicitation: {}, sampling: {} },
        prepare(client) {
          client.setRequestHandler('elicitation/create', ({ params }) => {
            asked.push(params.message)
            return { action: 'accept', content: { colour: 'green' } }
          })
          client.setRequestHandler('sampling/createMessage', () => ({
            model: 'a-model',
            role: 'assistant',
            content: { type: 'text', text: 'a sample' },
          }))
        },
      })
      const { client } = connected
      expect(await callText(client, 'first__ask')).toBe('the colour is green')
      expect(asked).toEqual(['Which colour?'])
      expect(await callText(client, 'second__sample', { text: 'say it' })).toContain('a sample')
      await stop()
    })

    it('may decline what it is asked', async () => {
      const { gateway, stop } = await start()
      await using connected = await connectClient(era, `${gateway.url}/mcp/first`, {
        capabilities: { elicitation: {} },
        prepare(client) {
          client.setRequestHandler('elicitation/create', () => ({ action: 'decline' }))
        },
      })
      expect(await callText(connected.client, 'ask')).toBe('no colour: decline')
      await stop()
    })

    it('is told plainly that it can not be asked', async () => {
      const { gateway, stop } = await start()
      await using connected = await connectClient(era, `${gateway.url}/mcp/first`)
      const outcome = await connected.client
        .callTool({ name: 'ask' })
        .then((result) => JSON.stringify(result), String)
      expect(outcome).toMatch(/elicitation|capabilit/i)
      expect(await callText(connected.client, 'echo', { text: 'still here' })).toBe('still here')
      await stop()
    })

    it('cancels a call at the server', async () => {
      await using server = await startMcpServer({ eras: upstreamEra })
      await using gateway = await gatewayOf({ name: 'first', server })
      await using connected = await connectClient(era, `${gateway.url}/mcp/first`)
      const leave = new AbortController()
      const call = connected.client.callTool(
        { name: 'slow', arguments: { ms: 30_000 } },
        { signal: leave.signal },
      )
      const outcome = call.catch((error: unknown) => error)
      await expect.poll(() => server.world.calls.length).toBe(1)
      leave.abort()
      expect(await outcome).toBeInstanceOf(Error)
      await expect.poll(() => server.world.cancelled).toEqual(['slow'])
    })
  })
})
