import { describe, expect, it } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { startMcpServer, stdioFixture } from '../../helpers/mcp-server.ts'
import { asking, faultOf, startLinked, textOf } from './linked.ts'

describe.each(['both', '2025-11-25'] as const)('a server over HTTP that speaks %s', (eras) => {
  it('has its tools listed and called', async () => {
    await using server = await startMcpServer({ eras })
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
    const link = await gateway.link('fixture')

    expect((await link.tools()).map(({ name }) => name)).toContain('echo')
    expect(await textOf(link, 'echo', { text: 'hello' })).toBe('hello')
    expect(link.protocolVersion).toBe(eras === 'both' ? '2026-07-28' : '2025-11-25')
    expect(link.instructions).toBe('A server for tests.')
    expect(gateway.mcp.get('fixture', '').status()).toMatchObject({ state: 'ready' })
  })

  it('gives its resources, templates and prompts', async () => {
    await using server = await startMcpServer({ eras })
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
    const link = await gateway.link('fixture')

    expect((await link.resources()).map(({ uri }) => uri)).toEqual(['note://hello'])
    expect((await link.resourceTemplates()).map(({ uriTemplate }) => uriTemplate)).toEqual([
      'note://by-name/{name}',
    ])
    expect((await link.prompts()).map(({ name }) => name)).toEqual(['greet'])
    const read = { method: 'resources/read', params: { uri: 'note://hello' } }
    expect(await link.request(read, asking())).toMatchObject({
      contents: [{ text: 'hello from a note' }],
    })
    const get = { method: 'prompts/get', params: { name: 'greet', arguments: { name: 'Ada' } } }
    expect(await link.request(get, asking())).toMatchObject({
      messages: [{ content: { text: 'Greet Ada.' } }],
    })
  })

  it('tells of progress and writes log messages to the request they belong to', async () => {
    await using server = await startMcpServer({ eras })
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
    const link = await gateway.link('fixture')
    const call = {
      name: 'progress',
      arguments: { steps: 3 },
      params: { _meta: { progressToken: 'mine', 'io.modelcontextprotocol/logLevel': 'debug' } },
    }
    const options = asking()
    await link.callTool(call, options)

    const progress = options.heard.filter(({ method }) => method === 'notifications/progress')
    expect(progress.map(({ params }) => params)).toEqual(
      [1, 2, 3].map((step) => ({ progressToken: 'mine', progress: step, total: 3 })),
    )
    expect(options.heard).toContainEqual({
      method: 'notifications/message',
      params: { level: 'info', data: 'working on 3 steps' },
    })
  })

  it('asks the client whose session it is', async () => {
    await using server = await startMcpServer({ eras })
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
    const asked: unknown[] = []
    const link = await gateway.link('fixture', {
      sessionId: 'one',
      capabilities: { elicitation: {}, sampling: {} },
      ask(request) {
        asked.push(request.method)
        if (request.method === 'elicitation/create') {
          return Promise.resolve({ action: 'accept', content: { colour: 'green' } })
        }
        const content = { type: 'text', text: 'sampled' }
        return Promise.resolve({ role: 'assistant', model: 'm', content })
      },
    })

    expect(await textOf(link, 'ask')).toBe('the colour is green')
    expect(await textOf(link, 'sample', { text: 'hi' })).toContain('sampled')
    expect(asked).toEqual(['elicitation/create', 'sampling/createMessage'])
  })

  it('hears of a call that is cancelled', async () => {
    await using server = await startMcpServer({ eras })
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
    const link = await gateway.link('fixture')
    const controller = new AbortController()
    const call = link.callTool(
      { name: 'slow', arguments: { ms: 60_000 } },
      asking({ signal: controller.signal }),
    )
    await expect.poll(() => server.world.calls.length).toBe(1)
    controller.abort()

    await faultOf(call)
    await expect.poll(() => server.world.cancelled).toEqual(['slow'])
  })

  it('has new tools listed when it says that they have changed', async () => {
    await using server = await startMcpServer({ eras })
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
    const heard: string[] = []
    const link = await gateway.link('fixture', { notify: ({ method }) => heard.push(method) })
    const names = async (): Promise<string[]> => (await link.tools()).map(({ name }) => name)
    expect(await names()).not.toContain('sprout')

    await textOf(link, 'grow', { name: 'sprout' })
    await expect.poll(names).toContain('sprout')
    await expect.poll(() => heard).toContain('notifications/tools/list_changed')
  })
})

describe.each([[], ['legacy-only']])('a server over standard input and output %s', (...args) => {
  it('has its tools listed and called', async () => {
    await using gateway = await startLinked([
      mcp.stdio({ name: 'local', ...stdioFixture(...args) }),
    ])
    const link = await gateway.link('local')

    expect((await link.tools()).map(({ name }) => name)).toContain('echo')
    expect(await textOf(link, 'echo', { text: 'hello' })).toBe('hello')
    expect(link.protocolVersion).toBe(args.length === 0 ? '2026-07-28' : '2025-11-25')
  })

  it('gets nothing of the environment but PATH, HOME and LANG', async () => {
    process.env['TAPGATE_TEST_SECRET'] = 'hidden'
    const env = { GIVEN: 'yes' }
    const own = mcp.stdio({ name: 'local', ...stdioFixture(...args), env })
    await using gateway = await startLinked([own])
    const link = await gateway.link('local')

    const names = Object.keys(JSON.parse(await textOf(link, 'environment')) as object)
    const allowed = ['GIVEN', 'PATH', 'HOME', 'LANG', '__CF_USER_TEXT_ENCODING']
    expect(names.filter((name) => !allowed.includes(name))).toEqual([])
    expect(names).toContain('GIVEN')
  })
})

describe('tools written in TypeScript', () => {
  const tools = mcp.tools({
    name: 'own',
    tools: [
      {
        name: 'double',
        inputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
        run: ({ n }) => ({ doubled: Number(n) * 2 }),
      },
      {
        name: 'broken',
        run() {
          throw new Error('no luck')
        },
      },
    ],
  })

  it('are listed and called like those of other servers', async () => {
    await using gateway = await startLinked([tools])
    const link = await gateway.link('own')

    expect((await link.tools()).map(({ name }) => name)).toEqual(['double', 'broken'])
    const answer = await link.callTool({ name: 'double', arguments: { n: 4 } }, asking())
    expect(answer.structuredContent).toEqual({ doubled: 8 })
    expect(gateway.records).toMatchObject([{ operation: 'execute_tool', purpose: 'tool' }])
  })

  it('answer what they throw as a result that is an error', async () => {
    await using gateway = await startLinked([tools])
    const link = await gateway.link('own')

    const answer = await link.callTool({ name: 'broken', arguments: {} }, asking())
    expect(answer).toEqual({ content: [{ type: 'text', text: 'no luck' }], isError: true })
  })

  it('are not called with arguments that do not fit', async () => {
    await using gateway = await startLinked([tools])
    const link = await gateway.link('own')

    const fault = await faultOf(link.callTool({ name: 'double', arguments: { n: 'x' } }, asking()))
    expect(fault).toMatchObject({ code: 'invalid_parameter', param: 'arguments.n' })
  })
})
