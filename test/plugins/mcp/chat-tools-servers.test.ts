import { describe, expect, it } from 'vitest'

import { chatTools } from '#plugins/mcp/chat-tools'
import { mcp } from '#plugins/mcp/mcp'
import { demo } from '#plugins/providers/demo'
import { routers } from '#plugins/routing/routers'

import { eventsOf, say, startGateway } from '../../helpers/gateway.ts'
import { startMcpServer, stdioFixture } from '../../helpers/mcp-server.ts'
import { json, startUpstream } from '../../helpers/upstream.ts'
import { CLIENT_TOOL } from './chat-tools/tool-servers.ts'

const own = mcp.tools({
  name: 'own',
  tools: [
    {
      name: 'twice',
      inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
      run: ({ n }) => ({
        content: [{ type: 'text', text: `twice ${Number(n)} is ${Number(n) * 2}` }],
      }),
    },
  ],
})

describe('real servers in a chat', () => {
  it.each([false, true])(
    'over HTTP, as a process, and in the config (stream: %s)',
    async (stream) => {
      await using remote = await startMcpServer()
      const plugins = [
        demo(),
        chatTools(),
        routers(),
        own,
        mcp.http({ name: 'remote', url: remote.url }),
        mcp.stdio({ name: 'local', ...stdioFixture() }),
      ]
      await using gateway = await startGateway({ plugins })
      const { text, status } = await gateway.chat(
        say(
          'demo/tools',
          'remote__add {"a":1,"b":2} local__add {"a":3,"b":4} twice {"n":4} remote__fail {} then open_window {"side":"left"}',
          { mcp_servers: ['remote', 'local', 'own'], tools: [CLIENT_TOOL], stream },
        ),
      )
      expect(status).toBe(200)
      const chunks = stream ? eventsOf(text) : [JSON.parse(text)]
      const calls = chunks.flatMap(({ tapgate }) => tapgate?.tool_calls ?? tapgate?.tool_call ?? [])
      expect(calls.map(({ server, name }) => `${server}/${name}`)).toEqual([
        'remote/add',
        'local/add',
        'own/twice',
        'remote/fail',
      ])
      expect(text).toContain('open_window')
      expect(remote.world.calls.map(({ name }) => name)).toContain('add')

      const code = await gateway.chat(
        say(
          'demo/tools',
          `run_code ${JSON.stringify({ code: 'return await Promise.all([remote.add({ a: 1, b: 2 }), own.twice({ n: 3 })])' })}`,
          { mcp_servers: ['remote', 'own'], mcp_mode: 'code' },
        ),
      )
      expect(code.body.choices[0].message.content).toContain('twice 3 is 6')
    },
  )

  it('search the web as LangDB’s example asks for it', async () => {
    const page = { title: 'Tapgate', url: 'https://tapgate.example', content: 'A gateway.' }
    await using service = await startUpstream(() => json({ results: [page] }))
    const example = (name: string, type: string): object => ({
      model: 'demo/tools',
      messages: [{ role: 'user', content: 'search {"query":"gateways"}' }],
      mcp_servers: [{ name, type }],
    })
    await using gateway = await startGateway({
      plugins: [demo(), chatTools(), mcp.inMemory({ name: 'websearch', url: service.url })],
      environment: { TAVILY_API_KEY: 'tvly-1' },
    })
    for (const [name, type] of [
      ['websearch', 'in-memory'],
      ['Web Search', 'memory'],
    ] as const) {
      const { body } = await gateway.chat(example(name, type))
      expect(body.choices[0].message.content).toBe('Tapgate\nhttps://tapgate.example\nA gateway.')
    }
    await using bare = await startGateway({
      plugins: [demo(), chatTools(), mcp.inMemory({ name: 'websearch' })],
    })
    const { body } = await bare.chat(example('websearch', 'in-memory'))
    expect(body.choices[0].message.content).toContain('TAVILY_API_KEY')
  })
})
