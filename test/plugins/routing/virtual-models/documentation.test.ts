import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, it } from 'vitest'

import type { DatabaseSettings } from '../../../../core/database.ts'
import { makeTestDatabase } from '../../../helpers/database.ts'
import { say } from '../../../helpers/gateway.ts'
import {
  INSTALLATION,
  KEY,
  serve,
  startProgram,
  type ServedGateway,
} from '../../../helpers/serve.ts'

const text = await readFile(join(INSTALLATION, 'plugins/routing/virtual-models.md'), 'utf8')
const [config = '', ...commands] = [...text.matchAll(/^```\w+\n([^]*?)^```$/gm)].map(
  ([, code = '']) => code,
)

/** Inside the installation, where a config finds `#config`. */
let folder: string
let file: string
let database: DatabaseSettings
let gateway: ServedGateway

beforeAll(async () => {
  folder = await mkdtemp(join(INSTALLATION, '.tapgate-test-'))
  file = join(folder, 'gateway.config.ts')
  await writeFile(file, config)
  database = await makeTestDatabase('postgres')
  gateway = await serve({ config: file, database })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** Runs a snippet as a reader would who has set TAPGATE_KEY, and gives what it prints. */
async function execute(snippet: string): Promise<string> {
  const code = snippet
    .replaceAll('http://127.0.0.1:8787', gateway.url)
    .replaceAll('curl ', 'curl --silent --show-error --noproxy "*" ')
    .replaceAll('npm run tapgate --', `node '${INSTALLATION}/config/cli.mjs' --config '${file}'`)
  await using program = startProgram({
    command: ['sh', '-e', '-c', code],
    folder,
    environment: { TAPGATE_KEY: KEY, TAPGATE_DATA: folder, DATABASE_URL: database.url ?? '' },
  })
  const { code: ending } = await program.ended
  if (ending !== 0) throw new Error(program.output)
  return program.output
}

it('has a config that is served', async () => {
  expect((await gateway.chat(say('fast', 'Hi.'))).headers.get('x-model-name')).toBe('lorem')
  const answer = await gateway.chat(say('translator', 'Hi.'))
  expect(['echo', 'lorem']).toContain(answer.headers.get('x-model-name'))
})

it('has commands that do what it says', async () => {
  const [create = '', publish = '', ask = '', save = '', goBack = '', commandLine = '', ...rest] =
    commands
  expect(rest).toEqual([])
  expect(JSON.parse(await execute(create))).toMatchObject({ name: 'support', status: 'draft' })
  expect((await gateway.chat(say('support', 'Hi.'))).status).toBe(404)
  expect(JSON.parse(await execute(publish))).toMatchObject({ published_version: 1 })
  expect(JSON.parse(await execute(ask)).choices[0].message.content).toBe('Hello!')
  expect(JSON.parse(await execute(save))).toMatchObject({ version: 2, published_version: 2 })
  expect((await gateway.chat(say('support', 'Hi.'))).headers.get('x-model-name')).toBe('lorem')
  expect(JSON.parse(await execute(goBack))).toMatchObject({ version: 1, published_version: 1 })
  expect((await gateway.chat(say('support', 'Hi.'))).headers.get('x-model-name')).toBe('echo')

  const printed = await execute(commandLine)
  expect(printed).toMatch(/^fast  in the config file$/m)
  expect(printed).toMatch(/^support  2 versions, 1 published/m)
  expect(printed).toMatch(/^support is version 2 now/m)
})
