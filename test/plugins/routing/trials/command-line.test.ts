import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { virtualModels } from '#plugins/routing/virtual-models'

import { createDatabase, type DatabaseSettings } from '../../../../core/database.ts'
import { CLI, makeFolder, runProgram, type Outcome } from '../../../config/command-line.ts'
import { makeTestDatabase } from '../../../helpers/database.ts'
import { say, startGateway } from '../../../helpers/gateway.ts'
// For the time limit of tests that start programs.
import '../../../helpers/serve.ts'
import { plugins, record, settings, SIX } from './past.ts'

const CONFIG = `import { defineConfig } from '#config'
import { definePlugin } from ${JSON.stringify(new URL('../../../../core/plugin.ts', import.meta.url))}
import { openai } from '#plugins/providers/openai-compatible'
import { routers } from '#plugins/routing/routers'
import { trials } from '#plugins/routing/trials'
import { virtualModels } from '#plugins/routing/virtual-models'
import { ledger } from '#plugins/usage/ledger'

const models = (name, models) => definePlugin({
  name,
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    providers: [{ name, models, hasOnlyKnownModels: true, chat: { run: () => { throw new Error('called') } } }],
  }),
})()

export default defineConfig({
  prices: { 'a/small': { input: 1, output: 2 }, 'a/large': { input: 10, output: 20 } },
  plugins: [
    models('a', ['small', 'large']),
    models('b', ['free']),
    openai(),
    virtualModels({ models: { team: [{ model: 'a/small', temperature: 0.2 }, 'openai/gpt-5'] } }),
    ledger(),
    routers(),
    trials(),
  ],
})
`

let folder: string
let database: DatabaseSettings

function tapgate(...args: readonly string[]): Promise<Outcome> {
  const environment = { TAPGATE_DATA: database.folder, LOG_LEVEL: 'error' }
  return runProgram([process.execPath, CLI, ...args], folder, environment)
}

async function file(name: string, content: unknown): Promise<string> {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  await writeFile(join(folder, name), text)
  return name
}

beforeAll(async () => {
  folder = await makeFolder(CONFIG)
  database = await makeTestDatabase('embedded')
  const opened = createDatabase(database)
  const gateway = await startGateway({
    plugins: [...plugins(), virtualModels({ models: {} })],
    settings,
    database: opened,
    dataFolder: database.folder,
  })
  await record(gateway, SIX)
  await gateway.stop()
  // What has just been stored may not be all of its moment yet, and is read a little later.
  const later = createDatabase(database)
  await later.query("update requests set stored_at = stored_at - interval '1 minute'")
  await later.close()
})

describe('tapgate route --explain', () => {
  it('shows the targets in order, how they did lately, what they override, and who decided', async () => {
    await file('request.json', say('team', 'hi'))
    const { code, stdout, stderr } = await tapgate('route', '--explain', 'request.json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^1\. +a\/small +1\.00 +2\.00 +2 requests +600 ms +0\.0 % +ready$/m)
    expect(stdout).toMatch(/^2\. +openai\/gpt-5 .* off: .*OPENAI_API_KEY/m)
    expect(stdout).toContain('1. with {"temperature":0.2}')
  })

  it('prints the value, of a request on its standard input', async () => {
    const request = JSON.stringify(
      say('x', 'hi', { router: { type: 'script', script: 'const route = () => "b/free"' } }),
    )
    const piped = ['sh', '-c', `echo '${request}' | "$0" "$1" route --explain - --json`]
    const environment = { TAPGATE_DATA: database.folder, LOG_LEVEL: 'error' }
    const outcome = await runProgram([...piped, process.execPath, CLI], folder, environment)
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      targets: [{ provider: 'b', model: 'free', state: 'ready', prices: null }],
    })
  })

  it('tells what the request would be answered with when it is refused', async () => {
    await file('unknown.json', say('a/smal', 'hi'))
    const { code, stdout, stderr } = await tapgate('route', '--explain', 'unknown.json')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^The model "a\/smal" does not exist\. Nearest: a\/small, .*\n$/)
  })

  it.each([
    ['no file', [], '"--explain" is required.\n'],
    [
      'a file that is not there',
      ['--explain', 'gone.json'],
      'The file "gone.json" does not exist.\n',
    ],
    ['a folder', ['--explain', '.'], /^The file "\." can not be read: .*\n$/],
    [
      'JSON that is none',
      ['--explain', 'broken.json'],
      /^The file "broken\.json" is not valid JSON: .* at line 2, column 16\.\n$/,
    ],
    ['a request that is none', ['--explain', 'empty.json'], '"request" is required.\n'],
  ])('names what is wrong with %s', async (_what, args, expected) => {
    await file('broken.json', '{\n  "model": "a" b\n}')
    await file('empty.json', {})
    const { code, stdout, stderr } = await tapgate('route', ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(expected)
  })
})

describe('tapgate route replay', () => {
  it('reports what a script of TypeScript would change', async () => {
    const source = 'const route = ({ request }: { request: object }): string => "a/small"\n'
    await file('new-router.ts', source)
    const { code, stdout, stderr } = await tapgate('route', 'replay', '--router', 'new-router.ts')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('routed by new-router.ts.')
    expect(stdout).toContain('4 would move (66.7 %), 2 stay.')
    expect(stdout).toMatch(/^a\/large +a\/small +3 +\$0\.036 +\$0\.0036 +1 unpriced$/m)
    expect(stdout).toMatch(
      /^cost +\$0\.0384 +\$0\.006 +-84\.4 % +unknown for 33\.3 % of the requests$/m,
    )
    expect(stdout).toMatch(/^latency +1,750 ms +600 ms +-65\.7 %$/m)
    expect(stdout).toMatch(/^errors +16\.7 % +0\.0 % +-16\.7 points$/m)
  })

  // The two of the small model whose cost is known would cost ten times as much: 0.0384 becomes 0.06.
  it('ends with 3 when a threshold is exceeded', async () => {
    await file('dear.json', { type: 'fallback', targets: ['a/large'] })
    const dear = ['route', 'replay', '--router', 'dear.json', '--max-cost', '+5%', '--json']
    const { code, stdout } = await tapgate(...dear)
    expect(code).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({
      router: 'dear.json',
      cost: { before: 0.0384, after: 0.06 },
      thresholds: [{ threshold: 'cost', allowed: '+5%', outcome: 'exceeded' }],
    })
    const latency = await tapgate('route', 'replay', '--router', 'dear.json', '--max-latency', '10')
    expect(latency.code).toBe(3)
    expect(latency.stdout).toContain('The threshold of +10% latency is exceeded.')
  })

  it('ends with 0 when every threshold is kept', async () => {
    await file('cheap.json', { type: 'fallback', targets: ['a/small'] })
    const limits = ['--max-cost', '-50%', '--max-latency', '+10%', '--max-errors', '+0%']
    const outcome = await tapgate('route', 'replay', '--router', 'cheap.json', ...limits)
    expect(outcome.code).toBe(0)
    expect(outcome.stdout).toContain('The threshold of -50% cost is kept.')
  })

  it('takes a virtual model, and narrows by what the options say', async () => {
    const narrowed = ['--tag', 'tier=gold', '--model', 'a/large', '--limit', '5', '--json']
    const { code, stdout } = await tapgate('route', 'replay', '--router', 'team', ...narrowed)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      router: 'team',
      requests: { replayed: 1, moved: 1 },
    })
  })

  it('says so when there is nothing to replay', async () => {
    const outcome = await tapgate('route', 'replay', '--router', 'team', '--user', 'nobody')
    expect(outcome).toMatchObject({ code: 0, stderr: '' })
    expect(outcome.stdout).toMatch(/^No recorded request matches between .* and .*\.\n$/)
    const another = await tapgate('route', 'replay', '--router', 'team', '--project', 'another')
    expect(another.stdout).toMatch(/^No recorded request matches/)
  })

  it.each([
    ['no router', [], '"--router" is required.\n'],
    ['a router that is not there', ['--router', 'gone.ts'], 'The file "gone.ts" does not exist.\n'],
    [
      'a name that nobody knows',
      ['--router', 'tema'],
      /^The model "tema" does not exist\. Nearest: team, .*\n$/,
    ],
    [
      'types that are none',
      ['--router', 'bad.ts'],
      /^The file "bad\.ts" is not valid TypeScript: .*\n$/,
    ],
    ['a router that is not valid', ['--router', 'bad.json'], /^"router\.targets" .*\n$/],
    ['a span of time', ['--router', 'team', '--since', 'soon'], /^"--since" must be .*\n$/],
    [
      'a time to come',
      ['--router', 'team', '--since', '2999-01-01'],
      '"--since" lies in the future.\n',
    ],
    ['a limit', ['--router', 'team', '--limit', 'all'], /^"--limit" must be .*\n$/],
    ['a threshold', ['--router', 'team', '--max-cost', 'a bit'], /^"--max-cost" must be .*\n$/],
  ])('names what is wrong with %s', async (_what, args, expected) => {
    await file('bad.ts', 'const route = (: string) => 1')
    await file('bad.json', { type: 'fallback', targets: [] })
    const { code, stdout, stderr } = await tapgate('route', 'replay', ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(expected)
  })
})
