import { describe, expect, it } from 'vitest'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestGateway } from '../../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../../helpers/mcp-server.ts'
import { callText, connectClient, ERAS } from './clients.ts'
import { modernMessage } from './raw-client.ts'

const start = (server: TestMcpServer): Promise<TestGateway> =>
  startGateway({ plugins: [mcp.http({ name: 'first', url: server.url }), mcpEndpoint()] })

describe.each(ERAS)('A client of %s', (era) => {
  it.each(ERAS)('hears that the tools of a server of %s have changed', async (upstreamEra) => {
    await using server = await startMcpServer({ eras: upstreamEra })
    await using gateway = await start(server)
    const heard = Promise.withResolvers<string[]>()
    await using connected = await connectClient(era, `${gateway.url}/mcp`, {
      listChanged: {
        tools: {
          onChanged: (error, tools) => {
            if (error) heard.reject(error)
            else heard.resolve((tools ?? []).map(({ name }) => name))
          },
        },
      },
    })
    expect(await callText(connected.client, 'first__grow', { name: 'fresh' })).toContain('fresh')
    expect(await heard.promise).toContain('first__fresh')
    expect(await callText(connected.client, 'first__fresh')).toBe('I am fresh')
  })
})

describe('A stream of subscriptions/listen', () => {
  it('begins with what is honoured, and ends with a result when the gateway stops', async () => {
    await using server = await startMcpServer()
    const gateway = await start(server)
    const { body, headers } = modernMessage('subscriptions/listen', {
      notifications: { toolsListChanged: true, resourceSubscriptions: ['note://hello'] },
    })
    const response = await fetch(`${gateway.url}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(body),
    })
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const text = response.text()
    await gateway.stop()
    const [acknowledged, ended] = [...(await text).matchAll(/^data: (.*)$/gm)].map(
      ([, data = '']): unknown => JSON.parse(data),
    )
    expect(acknowledged).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: {
        notifications: { toolsListChanged: true, resourceSubscriptions: ['note://hello'] },
      },
    })
    expect(ended).toMatchObject({ id: 1, result: { resultType: 'complete' } })
  })
})
