import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { INSTALLATION, serve, type ServedGateway } from '../../helpers/serve.ts'
import { modernMessage } from './endpoint/raw-client.ts'

const MCP_LIBRARIES = /^Loaded (?:@modelcontextprotocol\/.*|zod)\.$/m

describe('the gateway of the default config file', () => {
  let gateway: ServedGateway

  beforeAll(async () => {
    const config = join(INSTALLATION, 'gateway.config.ts')
    const hook = join(import.meta.dirname, 'tell-packages.ts')
    const program = [process.execPath, '--import', hook, join(INSTALLATION, 'config/cli.mjs')]
    gateway = await serve({
      config,
      command: [...program, '--config', config, 'serve'],
      folder: import.meta.dirname,
    })
    return () => gateway[Symbol.asyncDispose]()
  })

  function listTools(): ReturnType<ServedGateway['ask']> {
    const { body, headers } = modernMessage('tools/list')
    return gateway.ask('/mcp', body, {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    })
  }

  it('loads no library of MCP for what has to do with no MCP server', async () => {
    expect(gateway.output).toContain('Loaded koa.')
    const question = { model: 'demo/echo', messages: [{ role: 'user', content: 'Hello' }] }
    expect((await gateway.chat(question)).status).toBe(200)
    const shown = await gateway.ask('/api/mcp/servers')
    expect(shown.body.data.map((server: { name: string }) => server.name)).toContain('clock')
    expect((await gateway.ask('/mcp', {}, { authorization: '' })).status).toBe(401)
    expect((await gateway.ask('/.well-known/oauth-protected-resource/mcp')).status).toBe(200)
    expect(gateway.output).not.toMatch(MCP_LIBRARIES)
  })

  it('loads them for the first MCP clients, who are served like all others', async () => {
    const answers = await Promise.all([listTools(), listTools()])
    answers.push(await listTools())
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      const names = body.result.tools.map((tool: { name: string }) => tool.name)
      expect(names).toEqual(['websearch__search', 'clock__now'])
    }
    expect(gateway.output).toMatch(MCP_LIBRARIES)
  })

  it('stops when it is told to', async () => {
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
  })
})
