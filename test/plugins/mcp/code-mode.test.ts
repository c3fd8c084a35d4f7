import { describe, expect, it } from 'vitest'

import { keywords } from '#plugins/guards/keywords'
import { chatTools } from '#plugins/mcp/chat-tools'
import { demo } from '#plugins/providers/demo'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'

import {
  eventsOf,
  say,
  startGateway,
  type TestAnswer,
  type TestGateway,
} from '../../helpers/gateway.ts'
import {
  said,
  toolServers,
  TWO_SERVERS,
  type TestServers,
  type ToolWatch,
} from './chat-tools/tool-servers.ts'

interface Started extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly watch: ToolWatch
  /** Has the demo model run this code; the result of it is the answer. */
  run(code: string, more?: object): Promise<TestAnswer>
}

async function start(
  servers: TestServers = TWO_SERVERS,
  options: Parameters<typeof chatTools>[0] = {},
  ...plugins: Parameters<typeof startGateway>[0]['plugins']
): Promise<Started> {
  const { entry, watch } = toolServers(servers)
  const gateway = await startGateway({
    plugins: [demo(), routers(), chatTools(options), entry, ...plugins],
  })
  return {
    gateway,
    watch,
    run: (code, more = {}) =>
      gateway.chat(
        say('demo/tools', `run_code ${JSON.stringify({ code })}`, {
          mcp_servers: Object.keys(servers),
          mcp_mode: 'code',
          ...more,
        }),
      ),
    [Symbol.asyncDispose]: () => gateway.stop(),
  }
}

const contentOf = ({ body }: TestAnswer): string => body.choices[0].message.content

describe('code mode', () => {
  it('offers two tools in the place of all, one of which finds the others', async () => {
    await using started = await start()
    const answer = await started.gateway.chat(
      say('demo/tools', 'search_tools {"query":"add numbers"}', {
        mcp_servers: ['calculator', 'weather'],
        mcp_mode: 'code',
      }),
    )
    expect(contentOf(answer)).toBe(
      'declare namespace calculator {\n' +
        '  /** Adds two numbers. */\n' +
        '  function add(args: { a: number; b: number }): Promise<unknown>\n' +
        '}',
    )
  })

  it('calls a server whose name means something to JavaScript', async () => {
    const { calculator } = TWO_SERVERS
    await using started = await start({ constructor: calculator ?? [] })
    const answer = await started.run('return constructor.add({ a: 1, b: 2 })')
    expect(started.watch.calls).toMatchObject([{ server: 'constructor', tool: 'add' }])
    expect(contentOf(answer)).toContain('3')
  })

  it('runs code that calls the tools, side by side, and gives its result', async () => {
    await using started = await start()
    const answer = await started.run(`
      const [sum, rain] = await Promise.all([calculator.add({ a: 1, b: 2 }), weather.forecast({ city: 'Oslo' })])
      console.log('heard', 2)
      return { sum, rain }`)
    expect(contentOf(answer)).toBe(
      '{"sum":"1 + 2 = 3","rain":"It rains in Oslo."}\n\nWritten:\nheard 2',
    )
    expect(started.watch.calls.map(({ tool }) => tool)).toEqual(['add', 'forecast'])
    expect(started.watch.open).toBe(0)
  })

  it('is shown in a stream like any other tool', async () => {
    await using started = await start()
    const { text } = await started.run('return 7', { stream: true })
    const notes = eventsOf(text).flatMap(({ tapgate }) => tapgate ?? [])
    expect(notes[0].tool_call).toMatchObject({
      server: 'code',
      name: 'run_code',
      arguments: '{"code":"return 7"}',
    })
  })

  it('records the run, and each call beneath it', async () => {
    await using started = await start()
    await started.run('return await calculator.add({ a: 1, b: 2 })')
    const [call, run, request] = started.gateway.records
    expect(call).toMatchObject({ provider: 'calculator', model: 'add', parentId: run?.requestId })
    expect(run).toMatchObject({ provider: 'code', model: 'run_code', parentId: request?.requestId })
    expect(new Set(started.gateway.records.map(({ traceId }) => traceId)).size).toBe(1)
  })

  it.each([
    ['throw new Error("ups")', 'Error: ups'],
    ['let x = ;', 'SyntaxError'],
    ['return await calculator.subtract({})', 'TypeError'],
    ['return await calculator.add(5)', 'A function takes one object of arguments.'],
    ['for (;;);', /ran (too long|longer)/],
    ['return await new Promise(() => {})', 'waits for something'],
    ['return process.env', 'ReferenceError'],
    ['return (await import("node:fs")).readFileSync("/etc/passwd")', 'Error'],
  ])('tells the model what is wrong with %s', async (code, words) => {
    await using started = await start()
    const answer = await started.run(code)
    expect(answer.status).toBe(200)
    expect(contentOf(answer)).toMatch(words)
    expect(answer.body.tapgate.tool_calls[0].is_error).toBe(true)
  })

  it('lets code catch what a tool says went wrong', async () => {
    await using started = await start({
      files: { read: { run: () => ({ ...said('No such file.'), isError: true }) } },
    })
    const answer = await started.run('try { await files.read() } catch (e) { return e.message }')
    expect(contentOf(answer)).toBe('No such file.')
  })

  it('counts the calls of the code, and checks each when it is made', async () => {
    await using started = await start(TWO_SERVERS, { maxCalls: 5 })
    const answer = await started.run(
      'let n = 0; try { for (;;) { await calculator.add({ a: 1, b: 1 }); n++ } } catch (e) { return n + e.message }',
    )
    expect(contentOf(answer)).toBe('5This request may call 5 tools, and has.')
    expect(started.watch.calls).toHaveLength(5)
  })

  it('ends when its time is up, also in a call', async () => {
    const slow = { slow: { waits: { run: () => new Promise<never>(() => undefined) } } }
    await using started = await start(slow, { codeTimeoutMs: 500 })
    const answer = await started.run('return await slow.waits()')
    expect(contentOf(answer)).toContain('The code took longer than 500 ms.')
  })

  it('has its calls and its results read by the guards', async () => {
    const guard = keywords({
      words: ['oslo'],
      action: 'validate',
      stage: 'input',
      apply: 'on-request',
    })
    await using started = await start(TWO_SERVERS, {}, guard)
    const code =
      'try { return await weather.forecast({ city: "Os" + "lo" }) } catch (e) { return e.message }'
    const answer = await started.run(code, { extra: { guards: ['keywords'] } })
    expect(contentOf(answer)).toMatch(/not passed/)
    expect(started.watch.calls).toEqual([])
  })

  it('runs on QuickJS where that is the engine', async () => {
    const { entry } = toolServers(TWO_SERVERS)
    await using gateway = await startGateway({
      plugins: [demo(), routers({ engine: 'quickjs' }), chatTools(), entry],
    })
    const code = 'return (await Promise.all([1, 2].map((a) => calculator.add({ a, b: 1 })))).join()'
    const { body } = await gateway.chat(
      say('demo/tools', `run_code ${JSON.stringify({ code })}`, {
        mcp_servers: ['calculator'],
        mcp_mode: 'code',
      }),
    )
    expect(body.choices[0].message.content).toBe('1 + 1 = 2,2 + 1 = 3')
  })

  it('can be asked for by a virtual model', async () => {
    const coder = {
      targets: ['demo/tools'],
      mcp_servers: ['calculator'],
      mcp_mode: 'code' as const,
    }
    const plugin = virtualModels({ models: { coder } })
    await using started = await start(TWO_SERVERS, {}, plugin)
    const { body } = await started.gateway.chat(say('coder', 'run_code {"code":"return 7"}'))
    expect(body.choices[0].message.content).toBe('7')
  })

  it('needs something to run code with, and a mode that there is', async () => {
    const { entry } = toolServers(TWO_SERVERS)
    await using gateway = await startGateway({ plugins: [demo(), chatTools(), entry] })
    const ask = (mcp_mode: string): Promise<TestAnswer> =>
      gateway.chat(say('demo/tools', 'x', { mcp_servers: ['weather'], mcp_mode }))
    const without = await ask('code')
    expect(without.status).toBe(400)
    expect(without.body.error).toMatchObject({ param: 'mcp_mode' })
    expect((await ask('magic')).body.error.param).toBe('mcp_mode')
  })
})
