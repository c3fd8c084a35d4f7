import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { expect, it, onTestFinished } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { findPort } from '../../helpers/find-port.ts'
import { asking, startLinked, textOf } from './linked.ts'

/** The program of a server that was installed from npm. */
function program(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(
    `@modelcontextprotocol/${name}/package.json`,
  )
  return join(dirname(manifest), 'dist', 'index.js')
}

const command = process.execPath

it('uses server-everything over standard input and output', async () => {
  const args = [program('server-everything'), 'stdio']
  await using gateway = await startLinked([mcp.stdio({ name: 'everything', command, args })])
  const link = await gateway.link('everything')

  expect(await textOf(link, 'echo', { message: 'hi' })).toBe('Echo: hi')
  expect((await link.prompts()).length).toBeGreaterThan(0)
  expect((await link.resources()).length).toBeGreaterThan(0)
  const options = asking()
  const params = { _meta: { progressToken: 7 } }
  const long = { name: 'trigger-long-running-operation', arguments: { duration: 0.2, steps: 2 } }
  await link.callTool({ ...long, params }, options)
  expect(options.heard.map(({ method }) => method)).toContain('notifications/progress')
})

it('answers what server-everything asks of the client', async () => {
  const args = [program('server-everything'), 'stdio']
  await using gateway = await startLinked([mcp.stdio({ name: 'everything', command, args })])
  const link = await gateway.link('everything', {
    sessionId: 'one',
    capabilities: { sampling: {} },
    ask: () => {
      const content = { type: 'text', text: 'the model says so' }
      return Promise.resolve({ role: 'assistant', model: 'm', content })
    },
  })

  const tools = (await link.tools()).map(({ name }) => name)
  expect(tools).toContain('trigger-sampling-request')
  const said = await textOf(link, 'trigger-sampling-request', { prompt: 'Hi.', maxTokens: 10 })
  expect(said).toContain('the model says so')
})

it('uses server-everything over HTTP', async () => {
  const port = await findPort()
  const args = [program('server-everything'), 'streamableHttp']
  const child = spawn(command, args, { env: { PORT: String(port) }, stdio: 'pipe' })
  onTestFinished(() => void child.kill())
  await new Promise<void>((resolve) => {
    child.stderr.on('data', (text) => String(text).includes(String(port)) && resolve())
  })
  const url = `http://127.0.0.1:${port}/mcp`
  await using gateway = await startLinked([mcp.http({ name: 'everything', url })])
  const link = await gateway.link('everything')

  expect(await textOf(link, 'echo', { message: 'hi' })).toBe('Echo: hi')
})

it('uses server-filesystem in its own folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapgate-files-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'note.txt'), 'a note')
  const args = [program('server-filesystem'), folder]
  const files = mcp.stdio({ name: 'files', command, args, deny: ['write_*', 'edit_*', 'move_*'] })
  await using gateway = await startLinked([files])
  const link = await gateway.link('files')

  expect(await textOf(link, 'read_text_file', { path: join(folder, 'note.txt') })).toBe('a note')
  expect((await link.tools()).map(({ name }) => name)).not.toContain('write_file')
})

it('uses server-memory', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tapgate-memory-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const env = { MEMORY_FILE_PATH: join(folder, 'memory.json') }
  const args = [program('server-memory')]
  await using gateway = await startLinked([mcp.stdio({ name: 'memory', command, args, env })])
  const link = await gateway.link('memory')

  const entity = { name: 'Ada', entityType: 'person', observations: ['wrote the first program'] }
  await textOf(link, 'create_entities', { entities: [entity] })
  expect(await textOf(link, 'search_nodes', { query: 'Ada' })).toContain('wrote the first program')
})
