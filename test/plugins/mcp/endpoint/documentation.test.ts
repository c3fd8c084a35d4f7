import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { makeTestDatabase } from '../../../helpers/database.ts'
import {
  INSTALLATION,
  KEY,
  serve,
  startProgram,
  type ServedGateway,
} from '../../../helpers/serve.ts'

const text = await readFile(join(INSTALLATION, 'plugins/mcp/endpoint.md'), 'utf8')
const [config = '', request = '', program = '', ...rest] = [
  ...text.matchAll(/^```\w+\n([^]*?)^```$/gm),
].map(([, code = '']) => code)

/** Inside the installation, where a config finds `#config`. */
let folder: string
let gateway: ServedGateway

beforeAll(async () => {
  folder = await mkdtemp(join(INSTALLATION, '.tapgate-test-'))
  const file = join(folder, 'gateway.config.ts')
  await writeFile(file, config)
  const database = await makeTestDatabase('postgres')
  gateway = await serve({ config: file, database, folder: INSTALLATION })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function execute(...command: readonly string[]): Promise<string> {
  await using started = startProgram({
    command,
    folder: INSTALLATION,
    environment: { TAPGATE_KEY: KEY },
  })
  const { code } = await started.ended
  if (code !== 0) throw new Error(started.output)
  return started.output
}

it('has three snippets', () => {
  expect(rest).toEqual([])
})

it('has a request that is answered', async () => {
  const code = request
    .replaceAll('http://127.0.0.1:8787', gateway.url)
    .replaceAll('curl ', 'curl --silent --show-error --noproxy "*" ')
  const { result } = JSON.parse(await execute('sh', '-e', '-c', code))
  expect(result).toMatchObject({ content: [{ type: 'text', text: expect.stringMatching(/^20/) }] })
})

it('has a program that lists the tools', async () => {
  const file = join(folder, 'example.ts')
  await writeFile(file, program.replaceAll('http://127.0.0.1:8787', gateway.url))
  const printed = await execute(process.execPath, file)
  expect(printed).toContain('everything__echo')
  expect(printed).toContain('clock__time')
})
