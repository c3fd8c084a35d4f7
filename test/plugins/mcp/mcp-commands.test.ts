import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { CommandInput, CommandOutput } from '#core'
import { mcpRegistry } from '#plugins/mcp/registry'
import { virtualServers } from '#plugins/mcp/virtual-servers'

import { createDatabase, type DatabaseSettings } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { type ChangingServer, startChangingServer } from './changing-server.ts'
import { ask, BLUE, projectHeaders, RED } from './project-headers.ts'

let fixture: TestMcpServer
let changing: ChangingServer
let settings: DatabaseSettings
let gateway: TestGateway

beforeAll(async () => {
  fixture = await startMcpServer()
  changing = await startChangingServer({ read: { description: 'Reads.\nAnd more.' } })
  settings = await makeTestDatabase('postgres')
  gateway = await start()
})
afterAll(async () => {
  await gateway.stop()
  await changing[Symbol.asyncDispose]()
  await fixture.stop()
})

/** Two of them stand for the running gateway and the command line beside it. */
function start(environment: Record<string, string> = {}): Promise<TestGateway> {
  return startGateway({
    plugins: [
      projectHeaders(),
      mcpRegistry({ allow: ['127.0.0.0/8'] }),
      virtualServers({ servers: { house: { tools: ['changing/read'] } } }),
    ],
    database: createDatabase({ ...settings, mode: 'attach' }),
    environment: { TAPGATE_SECRET: 'a secret that all gateways share', ...environment },
  })
}

async function run(
  name: string,
  args: readonly string[] = [],
  options: CommandInput['options'] = {},
  from = gateway,
): Promise<CommandOutput> {
  const command = from.gateway.commands.find((one) => one.name === `mcp ${name}`)
  if (!command) throw new Error(`There is no command "mcp ${name}".`)
  const project = command.options?.some(({ flags }) => flags.startsWith('--project'))
  return command.run({ arguments: args, options: { ...(project && { project: RED }), ...options } })
}

it('add, list and remove the servers of a project', async () => {
  expect((await run('list', [], { project: BLUE })).text).toContain('house  virtual')
  const added = await run('add', ['files', fixture.url], {
    type: 'http',
    header: ['Authorization: Bearer a:b', 'x-more: c'],
    description: 'Files.',
  })
  expect(added.json).toEqual({ name: 'files', type: 'http', url: fixture.url })
  await run('add', ['changing', changing.url], { type: 'http' })
  expect((await run('list')).text.split('\n')).toEqual([
    'files  http  of the project  idle',
    'changing  http  of the project  idle',
    'house  virtual  in the config file  ready',
  ])
  expect((await ask(gateway, 'GET', '/api/mcp/servers/files')).body).toMatchObject({
    description: 'Files.',
    headers: { Authorization: '***', 'x-more': '***' },
  })
  await run('add', ['short', fixture.url], { type: 'sse' })
  expect((await run('remove', ['short'])).json).toEqual({ name: 'short', removed: true })
  await expect(run('remove', ['short'])).rejects.toThrow('no MCP server "short"')
  await expect(run('remove', ['house'])).rejects.toThrow('only the config file changes')
})

it('lead on to what can be typed', async () => {
  const added = await run('add', ['next', fixture.url], { type: 'http' })
  expect(added.text).toContain('"tapgate mcp inspect next"')
  await run('remove', ['next'])
  const hint = 'See "tapgate mcp list".'
  await expect(run('call', ['nowhere', 'echo'])).rejects.toMatchObject({ hint })
})

it('inspect a server', async () => {
  const { text, json } = await run('inspect', ['files'])
  expect(text).toMatch(/^files {2}http, ready {2}2026-07-28\n\nA server for tests\.\n\nTools:\n/)
  expect(text).toMatch(/^ {2}echo {2}Says the text again\.$/m)
  expect(text).toMatch(/^Prompts:$/m)
  expect(text).toMatch(/^Resources:$/m)
  expect(json).toMatchObject({ name: 'files', status: { state: 'ready' } })
  expect((await run('inspect', ['changing'])).text).toMatch(/^ {2}read {2}Reads\.$/m)
})

it('call a tool', async () => {
  const answer = await run('call', ['files', 'echo', '{"text":"hello \\u001b[31m there"}'])
  expect(answer).toMatchObject({ text: 'hello [31m there', exitCode: 0 })
  expect(fixture.requests.at(-1)?.headers['authorization']).toBe('Bearer a:b')
  expect((await run('call', ['files', 'add', '{"a":1,"b":2}'])).json).toMatchObject({
    structuredContent: { sum: 3 },
  })
  expect((await run('call', ['files', 'fail'])).exitCode).toBe(1)
})

it('show and accept what has changed', async () => {
  expect((await run('inspect', ['house'])).text).toMatch(/^ {2}read {2}Reads\.$/m)
  expect((await run('changes', ['house'])).text).toContain('is what was accepted')
  changing.become({ read: { description: 'Reads \u200bsecretly.' } })
  await vi.waitFor(
    async () => expect((await run('changes', ['house'])).json).toHaveLength(1),
    30_000,
  )
  expect((await run('changes', ['house'])).text.split('\n')).toEqual([
    'read  changed  changing/read',
    '  - description: "Reads.\\nAnd more."',
    '  + description: "Reads \\u{200b}secretly."',
  ])
  const held = await run('inspect', ['house'])
  expect(held.text).toMatch(/^house {2}virtual, ready: Held back, .*: read\. /)
  expect(held.text).not.toContain('Tools:')
  await expect(run('accept', ['house', 'read'], { hash: '0'.repeat(64) })).rejects.toThrow('"hash"')
  await expect(run('accept', ['house', 'write'])).rejects.toThrow('no tool "write"')
  await expect(run('accept', ['nowhere', 'read'])).rejects.toThrow('no virtual server')

  // Beside a running gateway, which then offers it again.
  await using commandLine = await start()
  const accepted = await run('accept', ['house', 'read'], {}, commandLine)
  expect(accepted.json).toMatchObject({ tool: 'read', status: 'accepted' })
  await vi.waitFor(
    async () => expect((await run('inspect', ['house'])).text).toContain('Tools:'),
    30_000,
  )
})

describe('connect', () => {
  it.each([
    [
      ['claude-code'],
      'claude mcp add --transport http tapgate http://127.0.0.1:8787/mcp --header "Authorization: Bearer $TAPGATE_KEY"',
    ],
    [
      ['inspector', 'files'],
      'npx @modelcontextprotocol/inspector --cli http://127.0.0.1:8787/mcp/files --transport http --method tools/list --header "Authorization: Bearer $TAPGATE_KEY"',
    ],
  ])('prints a command for %j', async (args, command) => {
    const { text, json } = await run('connect', args)
    expect(text.split('\n').at(-1)).toBe(command)
    expect(json).toMatchObject({ language: 'sh', text: command })
  })

  it.each([
    [
      'cursor',
      {
        mcpServers: {
          files: {
            url: 'https://tapgate.example.com/mcp/files',
            headers: { Authorization: 'Bearer ${env:TAPGATE_KEY}' },
          },
        },
      },
    ],
    [
      'vscode',
      {
        inputs: [{ type: 'promptString', id: 'tapgate-key', password: true }],
        servers: {
          files: {
            type: 'http',
            url: 'https://tapgate.example.com/mcp/files',
            headers: { Authorization: 'Bearer ${input:tapgate-key}' },
          },
        },
      },
    ],
  ])('prints a file for %s', async (client, file) => {
    const options = { url: 'https://tapgate.example.com/' }
    const { text } = await run('connect', [client, 'files'], options)
    expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject(file)
  })

  it('names the address that browsers reach the gateway at', async () => {
    await using known = await start({ PUBLIC_URL: 'https://gate.example.com' })
    const { text } = await run('connect', ['claude-code'], {}, known)
    expect(text).toContain('https://gate.example.com/mcp ')
  })
})

it.each([
  ['add', ['Bad Name', 'https://a.example'], {}, '"name"'],
  ['add', ['a', 'nowhere'], {}, '"url"'],
  ['add', ['a', 'https://a.example'], { type: 'ws' }, '"type"'],
  ['add', ['a', 'https://a.example'], { header: ['nothing'] }, 'has no value'],
  ['add', ['files', 'https://a.example'], {}, 'already'],
  ['inspect', ['nowhere'], {}, 'There is no MCP server "nowhere"'],
  ['call', ['files', 'nothing'], {}, 'no tool "nothing"'],
  ['call', ['files', 'echo', '[1]'], {}, 'no JSON object'],
  ['call', ['files', 'echo', '{'], {}, 'no JSON object'],
  ['connect', ['emacs'], {}, 'no snippet for "emacs"'],
  ['connect', ['cursor'], { url: 'nowhere' }, 'no address of a gateway'],
])('say what is wrong with "%s %j"', async (name, args, options, message) => {
  await expect(run(name, args, options)).rejects.toThrow(message)
})
