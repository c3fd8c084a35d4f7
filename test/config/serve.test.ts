import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { makeTestDatabase } from '../helpers/database.ts'
import { startProgram, type RunningProgram } from '../helpers/serve.ts'
import { CLI, makeFolder, tapgate } from './command-line.ts'

const IMPORTS = `import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { groq, openai } from '#plugins/providers/openai-compatible'
`
const DEMO = `${IMPORTS}export default { plugins: [demo()] }`

async function start(
  config: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  return startProgram({
    command: [process.execPath, CLI],
    folder: await makeFolder(config),
    environment: { PORT: '0', ...environment },
  })
}

async function addressOf(program: RunningProgram): Promise<string> {
  const [, address = ''] = await program.printed(/ at (http:\/\/\S+)/)
  return address
}

describe('serve', () => {
  it('tells where it is, what is on, and what to set for the rest', async () => {
    const { folder } = await makeTestDatabase('embedded')
    await using program = await start(
      `${IMPORTS}export default { plugins: [openai(), groq(), demo(), accounts()] }`,
      { OPENAI_API_KEY: 'sk-x', TAPGATE_DATA: folder },
    )
    const address = await addressOf(program)
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    await program.printed(/Make an API key with "npm run tapgate -- keys create"\./)
    expect(program.output).toMatch(/^ {2}Config {2}gateway\.config\.ts$/m)
    expect(program.output).toMatch(/^ {2}On {6}OpenAI, Demo$/m)
    expect(program.output).toMatch(/^ {2}Off {5}Groq \(GROQ_API_KEY\)$/m)
    expect(program.output).toContain(`curl ${address}/v1/chat/completions`)
    expect((await fetch(`${address}/readyz`)).status).toBe(200)
  })

  it('goes by the environment before the config file', async () => {
    await using program = await start(
      `${IMPORTS}export default { server: { port: 1, host: '192.0.2.1' }, plugins: [demo()] }`,
      { HOST: '127.0.0.1', LOG_LEVEL: 'DEBUG' },
    )
    expect(await addressOf(program)).toMatch(/^http:\/\/127\.0\.0\.1:/)
  })

  it('warns when everybody may use it', async () => {
    await using open = await start(DEMO)
    const warning = /No plugin asks for API keys: every program of this machine may use it\./
    expect(await open.printed(warning)).toHaveLength(1)
  })

  it('keeps no process for a database that no plugin wants', async () => {
    await using program = await start(DEMO)
    await addressOf(program)
    const parents = (): readonly string[] =>
      execFileSync('ps', ['-A', '-o', 'ppid='], { encoding: 'utf8' }).split(/\s+/)
    await vi.waitFor(() => expect(parents()).not.toContain(String(program.pid)), 10_000)
  })

  it('says which port is taken, and what to set', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const outcome = await tapgate(['serve'], await makeFolder(DEMO), { PORT: String(port) })
    server.close()
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `Port ${port} of 127.0.0.1 is taken by another program.\n` +
        `Stop it, or set PORT to another one: "PORT=${port + 1} npm start".\n`,
    })
  })

  it('says so when this machine has no such address', async () => {
    const environment = { PORT: '0', HOST: '192.0.2.1' }
    const { code, stderr } = await tapgate([], await makeFolder(DEMO), environment)
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The gateway cannot listen on 192\.0\.2\.1: .*\nSet HOST to an address/)
  })

  it('says so when the database cannot be reached', async () => {
    const outcome = await tapgate(
      [],
      await makeFolder(`${IMPORTS}export default { plugins: [demo(), accounts()] }`),
      { PORT: '0', DATABASE_URL: 'postgres://somebody:password@127.0.0.1:1/db' },
    )
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(
      /^PostgreSQL at 127\.0\.0\.1:1 cannot be reached: .*\nCheck that/,
    )
    expect(outcome.stderr).not.toMatch(/password| at file:/)
  })

  it('ends with what it had begun when a plugin throws beside everything', async () => {
    await using program = await start(`${IMPORTS}
import { definePlugin } from ${JSON.stringify(new URL('../../core/plugin.ts', import.meta.url))}
const faulty = definePlugin({
  name: 'faulty',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    start: () => void setTimeout(() => { throw new Error('Out of the blue.') }, 100),
    stop: () => void process.stdout.write('It was stopped.\\n'),
  }),
})
export default { plugins: [demo(), faulty()] }`)
    expect(await program.ended).toEqual({ code: 1, signal: null })
    await program.printed(/It was stopped\./)
    const [line = ''] = await program.printed(/^\{"level":"error".*$/m)
    expect(JSON.parse(line)).toMatchObject({
      msg: 'A fault was caught by nobody: the gateway stops.',
      stack: expect.stringContaining('Out of the blue.'),
    })
  })

  it('stops when npm is told to, which does not hand that on', async () => {
    const folder = await makeFolder(DEMO)
    await using npm = startProgram({
      command: ['npm', 'start', '--ignore-scripts'],
      environment: {
        PORT: '0',
        TAPGATE_CONFIG: join(folder, 'gateway.config.ts'),
        TAPGATE_DATA: join(folder, 'data'),
      },
    })
    const address = await addressOf(npm)
    npm.kill('SIGTERM')
    await npm.printed(/^Stopping\./m)
    await expect(fetch(`${address}/livez`)).rejects.toThrow('fetch failed')
  })

  it('logs to standard error, and in lines of JSON', async () => {
    const folder = await makeFolder(`${IMPORTS}export default { plugins: [demo(), accounts()] }`)
    const { folder: data } = await makeTestDatabase('embedded')
    const { stdout, stderr } = await tapgate(['keys', 'list'], folder, { TAPGATE_DATA: data })
    expect(stdout).toBe(
      'There is no API key yet. Make one with "npm run tapgate -- keys create".\n',
    )
    expect(JSON.parse(stderr)).toMatchObject({ level: 'info' })
  })
})
