import { describe, expect, it } from 'vitest'

import { definePlugin, GatewayError, type PluginEntry } from '#core'
import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'
import { createMcpServer } from '#plugins/mcp/server/create-server'

import { findPort } from '../../../helpers/find-port.ts'
import { startGateway } from '../../../helpers/gateway.ts'
import { startMcpServer } from '../../../helpers/mcp-server.ts'
import { callText, connectClient, ERAS } from './clients.ts'
import { bearer, fixedKeys } from './keys.ts'
import { LIST_TOOLS, modernMessage, sendMessage } from './raw-client.ts'

/** A server that belongs to a project, as those of the API do. */
function serverOf(projectId: string, name: string): PluginEntry {
  return definePlugin({
    name: `server-of-${projectId}`,
    schema: { type: 'object', additionalProperties: false },
    setup({ log, runTool, services }) {
      const run = (): string => `of ${projectId}`
      const transport = {
        type: 'in-memory',
        tools: [{ name: 'whose', description: 'Whose it is.', run }],
      } as const
      const server = createMcpServer(
        { name, projectId, source: 'built-in', transport },
        { log, runTool, services, folder: '.' },
      )
      const isOwn = (asking: string): boolean => asking === projectId
      return {
        mcpServers: [
          {
            list: (asking) => (isOwn(asking) ? [server] : []),
            find: (wanted, asking) => (isOwn(asking) && wanted === name ? server : undefined),
          },
        ],
        stop: () => server.stop(),
      }
    },
  })()
}

const local = mcp.tools({
  name: 'local',
  tools: [{ name: 'one', description: 'One.', run: () => 'one' }],
})

describe('Keys', () => {
  it('are asked for, with the way to the metadata', async () => {
    await using gateway = await startGateway({
      plugins: [local, fixedKeys(), mcpEndpoint({ authorizationServers: ['https://id.example'] })],
    })
    const { body, headers } = modernMessage('tools/list')
    const refused = await sendMessage(gateway, '/mcp/local', body, headers)
    expect(refused.status).toBe(401)
    const url = `${gateway.url}/.well-known/oauth-protected-resource/mcp/local`
    expect(refused.headers.get('www-authenticate')).toBe(`Bearer resource_metadata="${url}"`)
    const metadata = await fetch(url).then((response) => response.json())
    expect(metadata).toMatchObject({
      resource: `${gateway.url}/mcp/local`,
      authorization_servers: ['https://id.example'],
      bearer_methods_supported: ['header'],
    })
    const apiKey = { ...headers, 'x-api-key': 'sk-one' }
    expect((await sendMessage(gateway, '/mcp/local', body, apiKey)).status).toBe(200)
    const reader = await sendMessage(gateway, '/mcp/local', body, {
      ...headers,
      ...bearer('sk-reader'),
    })
    expect(reader.status).toBe(403)
  })

  it('name the public address in the metadata, whatever the request says', async () => {
    await using gateway = await startGateway({
      plugins: [local, fixedKeys(), mcpEndpoint({ publicUrl: 'https://ai.example.com/' })],
    })
    const { body } = await gateway.get('/.well-known/oauth-protected-resource/mcp')
    expect(body.resource).toBe('https://ai.example.com/mcp')
    const refused = await sendMessage(gateway, '/mcp', LIST_TOOLS)
    expect(refused.headers.get('www-authenticate')).toContain(
      'https://ai.example.com/.well-known/oauth-protected-resource/mcp"',
    )
  })

  it('are not told to the servers', async () => {
    await using server = await startMcpServer()
    await using gateway = await startGateway({
      plugins: [mcp.http({ name: 'first', url: server.url }), fixedKeys(), mcpEndpoint()],
    })
    for (const era of ERAS) {
      await using connected = await connectClient(era, `${gateway.url}/mcp`, {
        headers: { ...bearer('sk-one'), cookie: 'session=secret' },
      })
      await callText(connected.client, 'first__echo', { text: 'hi' })
    }
    const told = JSON.stringify(server.requests.map(({ headers }) => headers))
    expect(told).not.toMatch(/sk-one|secret/)
  })
})

describe.each(ERAS)('Projects of clients of %s', (era) => {
  it('see their own servers only', async () => {
    await using gateway = await startGateway({
      plugins: [
        serverOf('project-1', 'mine'),
        serverOf('project-2', 'theirs'),
        fixedKeys(),
        mcpEndpoint(),
      ],
    })
    const headers = bearer('sk-one')
    await using connected = await connectClient(era, `${gateway.url}/mcp`, { headers })
    const { tools } = await connected.client.listTools()
    expect(tools.map(({ name }) => name)).toEqual(['mine__whose'])
    expect(await callText(connected.client, 'mine__whose')).toBe('of project-1')
    await expect(callText(connected.client, 'theirs__whose')).rejects.toThrow('Unknown tool')
    await expect(connectClient(era, `${gateway.url}/mcp/theirs`, { headers })).rejects.toThrow(
      /theirs|404/,
    )
  })
})

describe.each(ERAS)('A call of a client of %s', (era) => {
  it('is recorded with its server, its tool and its key', async () => {
    await using gateway = await startGateway({ plugins: [local, fixedKeys(), mcpEndpoint()] })
    await using connected = await connectClient(era, `${gateway.url}/mcp`, {
      headers: { ...bearer('sk-one'), 'x-label': 'a-label' },
    })
    await callText(connected.client, 'local__one')
    await gateway.ended(1)
    expect(gateway.records).toMatchObject([
      {
        operation: 'execute_tool',
        purpose: 'tool',
        provider: 'local',
        model: 'one',
        label: 'a-label',
        status: 'success',
        caller: { keyId: 'one', projectId: 'project-1' },
      },
    ])
  })

  it('is refused by limits as a JSON-RPC error', async () => {
    const limit = definePlugin({
      name: 'limit',
      schema: { type: 'object', additionalProperties: false },
      setup: () => ({
        hooks: {
          preRoute() {
            throw new GatewayError('rate_limit_exceeded', 'That was too much.', {
              retryAfterMs: 1500,
            })
          },
        },
      }),
    })
    await using gateway = await startGateway({ plugins: [local, limit(), mcpEndpoint()] })
    await using connected = await connectClient(era, `${gateway.url}/mcp`)
    await expect(callText(connected.client, 'local__one')).rejects.toMatchObject({
      code: -32000,
      message: expect.stringContaining('That was too much.'),
      data: {
        code: 'rate_limit_exceeded',
        type: 'rate_limit_error',
        retry_after_ms: 1500,
        request_id: expect.stringMatching(/^req_/),
      },
    })
  })

  it('is blocked by guards as a JSON-RPC error', async () => {
    const guard = definePlugin({
      name: 'guard',
      schema: { type: 'object', additionalProperties: false },
      setup: () => ({
        guards: [
          {
            id: 'no-secrets',
            stage: 'input',
            apply: 'always',
            check: ({ segments }) => ({
              passed: !segments.some(({ text }) => text.includes('secret')),
              text: 'Secrets stay here.',
            }),
          },
        ],
      }),
    })
    await using server = await startMcpServer()
    await using gateway = await startGateway({
      plugins: [mcp.http({ name: 'first', url: server.url }), guard(), mcpEndpoint()],
    })
    await using connected = await connectClient(era, `${gateway.url}/mcp`)
    const call = (text: string): Promise<string> =>
      callText(connected.client, 'first__echo', { text })
    await expect(call('a secret')).rejects.toMatchObject({
      code: -32000,
      data: { code: 'guardrail_blocked', guard_id: 'no-secrets' },
    })
    expect(server.world.calls).toEqual([])
    expect(await call('hello')).toBe('hello')
  })
})

describe.each(ERAS)('A dead server before a client of %s', (era) => {
  it('hides only its own tools', async () => {
    await using alive = await startMcpServer()
    const dead = await startMcpServer({ port: await findPort() })
    await using gateway = await startGateway({
      plugins: [
        mcp.http({ name: 'dead', url: dead.url }),
        mcp.http({ name: 'alive', url: alive.url }),
        mcpEndpoint(),
      ],
    })
    await dead.stop()
    await using connected = await connectClient(era, `${gateway.url}/mcp`)
    const { tools } = await connected.client.listTools()
    expect(new Set(tools.map(({ name }) => name.split('__')[0]))).toEqual(new Set(['alive']))
    expect(await callText(connected.client, 'alive__echo', { text: 'here' })).toBe('here')
    await expect(callText(connected.client, 'dead__echo', { text: 'x' })).rejects.toMatchObject({
      code: -32000,
      data: { code: 'mcp_server_unavailable' },
    })
    const { body, headers } = modernMessage('server/discover')
    const alone = await sendMessage(gateway, '/mcp/dead', body, headers)
    expect(alone.status).toBe(503)
    expect(alone.message).toMatchObject({ id: 1, error: { code: -32000 } })
  })
})

describe('A dead server among others', () => {
  it('is waited for once, and is there again when it comes back', async () => {
    await using alive = await startMcpServer()
    const port = await findPort()
    const url = `http://127.0.0.1:${port}/mcp`
    await using gateway = await startGateway({
      plugins: [
        mcp.http({ name: 'dead', url, connectTimeoutMs: 2_000 }),
        mcp.http({ name: 'alive', url: alive.url }),
        mcpEndpoint(),
      ],
    })
    const { body, headers } = modernMessage('tools/list')
    const servers = async (): Promise<readonly string[]> => {
      const { message } = await sendMessage(gateway, '/mcp', body, headers)
      const names: string[] = message.result.tools.map(({ name }: { name: string }) => name)
      return [...new Set(names.map((name) => name.split('__')[0] ?? ''))]
    }
    expect(await servers()).toEqual(['alive'])
    await using _back = await startMcpServer({ port })
    await expect.poll(servers, { timeout: 20_000 }).toEqual(['dead', 'alive'])
  })
})
