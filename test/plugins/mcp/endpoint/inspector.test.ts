import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestGateway } from '../../../helpers/gateway.ts'

const run = promisify(execFile)
const modules = fileURLToPath(new URL('../../../../node_modules/', import.meta.url))
const inspector = `${modules}@modelcontextprotocol/inspector/clients/launcher/build/index.js`
const everything = `${modules}@modelcontextprotocol/server-everything/dist/index.js`

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway({
    plugins: [
      mcp.stdio({ name: 'everything', command: process.execPath, args: [everything, 'stdio'] }),
      mcpEndpoint(),
    ],
  })
})
afterAll(() => gateway.stop())

async function inspect(path: string, ...args: readonly string[]): Promise<any> {
  const { stdout } = await run(
    process.execPath,
    [inspector, '--cli', gateway.url + path, '--transport', 'http', ...args],
    { env: { ...process.env, MCP_INSPECTOR_SECRET_STORE: 'memory' }, timeout: 60_000 },
  )
  return JSON.parse(stdout)
}

describe('The MCP inspector', { timeout: 90_000 }, () => {
  it('lists and calls the tools of a real server', async () => {
    const { tools } = await inspect('/mcp/everything', '--method', 'tools/list')
    expect(tools.map(({ name }: { name: string }) => name)).toContain('echo')
    const answer = await inspect(
      '/mcp',
      '--method',
      'tools/call',
      '--tool-name',
      'everything__echo',
      '--tool-arg',
      'message=hello',
    )
    expect(answer.content).toMatchObject([{ type: 'text', text: 'Echo: hello' }])
  })

  it('lists its prompts and resources', async () => {
    const { prompts } = await inspect('/mcp', '--method', 'prompts/list')
    expect(prompts.length).toBeGreaterThan(0)
    const { resources } = await inspect('/mcp', '--method', 'resources/list')
    expect(resources.length).toBeGreaterThan(0)
  })
})
