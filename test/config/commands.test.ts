import { writeFile } from 'node:fs/promises'

import { describe, expect, it } from 'vitest'

import packageJson from '../../package.json' with { type: 'json' }
import { INSTALLATION } from '../helpers/serve.ts'
import { json, startUpstream } from '../helpers/upstream.ts'
import { makeFolder, tapgate } from './command-line.ts'

const GATEWAY = `import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { openai, ollama } from '#plugins/providers/openai-compatible'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

export default defineConfig({
  prices: { 'openai/gpt-5-mini': { input: 0.075, output: { base: 2, tiers: [{ start: 1000, price: 3 }] } } },
  plugins: [openai(), ollama(), demo(), accounts(), ledger(), analytics()],
})
`

describe('the command line', () => {
  it('explains itself and lists the commands of plugins', async () => {
    const { code, stdout } = await tapgate(['--help'], await makeFolder(GATEWAY))
    expect(code).toBe(0)
    for (const command of ['serve', 'check', 'routes', 'models', 'doctor', 'keys']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
    expect(stdout).toContain('Examples:\n  tapgate\n')
  })

  it('explains itself beside a config with mistakes, and says what is missing', async () => {
    const folder = await makeFolder('export default { plugins: 1 }')
    const { code, stdout } = await tapgate(['help'], folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}serve /m)
    expect(stdout).toContain('gateway.config.ts has a mistake. Commands of plugins are not listed.')
  })

  it('explains a command of a plugin, with examples', async () => {
    const folder = await makeFolder(GATEWAY)
    const { code, stdout } = await tapgate(['keys', 'create', '--help'], folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: tapgate keys create \[options\]/)
    expect(stdout).toContain('--expires-in-days <days>')
    expect(stdout).toContain('Examples:\n  tapgate keys create --name billing')
  })

  it('knows its version', async () => {
    const { code, stdout } = await tapgate(['--version'], await makeFolder())
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${packageJson.version}\n` })
  })

  it.each([
    [['chekc'], `unknown command 'chekc'\n(Did you mean check?)`],
    [['keys', 'creat'], `unknown command 'creat'\n(Did you mean create?)`],
    [['check', '--confg', 'x'], `unknown option '--confg'\n(Did you mean --config?)`],
    [['keys', 'revoke'], `missing required argument 'key'`],
    [['serve', 'now'], `too many arguments for 'serve'`],
    [['--config'], `option '--config <file>' argument missing`],
  ])('refuses %j and says what was meant', async (args, message) => {
    const outcome = await tapgate(args, await makeFolder(GATEWAY))
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toContain(`error: ${message}`)
    expect(outcome.stderr).toContain('"--help" shows how it is written.')
    expect(outcome.stderr).not.toMatch(/^ +at /m)
  })

  it('reads a file .env in the working directory, and the environment wins over it', async () => {
    const folder = await makeFolder(GATEWAY)
    await writeFile(`${folder}/.env`, 'OPENAI_API_KEY=sk-x\nLOG_LEVEL=loud\n')
    const { stdout } = await tapgate(['check'], folder, { LOG_LEVEL: 'info' })
    expect(stdout).toMatch(/6 plugins, 3 providers \(2 on\)/)
  })
})

describe('check', () => {
  it('says what the config comes to', async () => {
    const folder = await makeFolder(GATEWAY)
    expect(await tapgate(['check'], folder)).toEqual({
      code: 0,
      stdout: 'gateway.config.ts is fine: 6 plugins, 3 providers (1 on), 6 models.\n',
      stderr: '',
    })
    const { stdout } = await tapgate(['check', '--json'], folder)
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      file: expect.stringMatching(/gateway\.config\.ts$/),
      plugins: 6,
      providers: 3,
      providersOn: 1,
      models: 6,
    })
  })

  it('finds nothing wrong with the config file of this repository', async () => {
    const { code, stdout } = await tapgate(['check'], INSTALLATION)
    expect(stdout).toMatch(/^gateway\.config\.ts is fine: \d+ plugins, 18 providers \(/)
    expect(code).toBe(0)
  })
})

describe('routes', () => {
  it('lists every path with the scope it needs and the plugin behind it', async () => {
    const folder = await makeFolder(GATEWAY)
    const { code, stdout } = await tapgate(['routes'], folder)
    expect(code).toBe(0)
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4).join(' '))
    expect(lines[0]).toBe('METHOD PATH ACCESS PLUGIN')
    expect(lines).toContain('POST /v1/chat/completions write core')
    expect(lines).toContain('GET /livez public core')
    expect(lines).toContain('DELETE /api/keys/:id admin accounts')
    expect(lines).toContain('POST /usage/total read analytics')
  })

  it('prints them as JSON', async () => {
    const { stdout } = await tapgate(['routes', '--json'], await makeFolder(GATEWAY))
    expect(JSON.parse(stdout)).toContainEqual({
      method: 'GET',
      path: '/readyz',
      access: 'public',
      plugin: 'core',
      summary: expect.any(String),
    })
  })
})

describe('models', () => {
  it('lists those with all of the words in their names, with prices and context', async () => {
    const folder = await makeFolder(GATEWAY)
    const environment = { OPENAI_API_KEY: 'sk-x' }
    const { code, stdout } = await tapgate(['models', 'GPT-5', 'mini'], folder, environment)
    expect(code).toBe(0)
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/ {2,}/))
    expect(rows[0]).toEqual(['MODEL', 'INPUT $/M', 'OUTPUT $/M', 'CONTEXT'])
    expect(rows).toContainEqual(['openai/gpt-5-mini', '0.075', 'from 2.00', '400,000'])
    expect(rows.slice(1).every(([id]) => id?.includes('gpt-5') && id.includes('mini'))).toBe(true)
  })

  it('prints them as JSON', async () => {
    const { stdout } = await tapgate(['models', 'echo', '--json'], await makeFolder(GATEWAY))
    expect(JSON.parse(stdout)).toEqual([
      { id: 'demo/echo', provider: 'demo', context_window: null, prices: null },
    ])
  })

  it('asks a server of the operator for the models that nobody else can know', async () => {
    await using upstream = await startUpstream(() => json({ data: [{ id: 'my-own-model' }] }))
    const environment = { OLLAMA_BASE_URL: `${upstream.url}/v1` }
    const { stdout } = await tapgate(['models', 'ollama'], await makeFolder(GATEWAY), environment)
    expect(stdout).toMatch(/^ollama\/my-own-model /m)
  })

  it('says so when there is none', async () => {
    const { code, stdout, stderr } = await tapgate(['models', 'nowhere'], await makeFolder(GATEWAY))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'No model has "nowhere" in its name.\n' +
        'Providers that are off have none: "npm run tapgate -- serve" says what to set for each.\n',
    )
  })
})
