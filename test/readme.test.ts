import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { makeTestDatabase } from './helpers/database.ts'
import { eventsOf, say } from './helpers/gateway.ts'
import {
  INSTALLATION,
  KEY,
  serve,
  startProgram,
  type Ending,
  type ServedGateway,
} from './helpers/serve.ts'
import { json, startUpstream } from './helpers/upstream.ts'

const run = promisify(execFile)

interface Snippet {
  /** The heading it stands under and its language; a number when there are several. */
  readonly name: string
  readonly code: string
}

const readme = await readFile(join(INSTALLATION, 'README.md'), 'utf8')
const snippets = readSnippets(readme)

function readSnippets(text: string): readonly Snippet[] {
  const names: string[] = []
  const found: Snippet[] = []
  let heading = ''
  for (const [, title, language, code = ''] of text.matchAll(
    /^##? (.+)$|^```(\w*)\n([^]*?)^```$/gm,
  )) {
    if (title !== undefined) {
      heading = title
      continue
    }
    const name = `${heading}: ${language || 'drawing'}`
    names.push(name)
    const count = names.filter((other) => other === name).length
    found.push({ name: count > 1 ? `${name} ${count}` : name, code })
  }
  return found
}

function snippet(name: string): string {
  const found = snippets.find((one) => one.name === name)
  if (!found) throw new Error(`The README has no snippet "${name}".`)
  return found.code
}

/** A folder inside the installation, where a config and a plugin find `#core`. */
let folder: string
/** A folder where nothing is yet, as that of somebody who begins. */
let emptyFolder: string
/** The gateway that the first snippet of the README starts. */
let gateway: ServedGateway

/** What was installed stays as it is: the tests run from it. */
const NPM = { npm_config_ignore_scripts: 'true', npm_config_update_notifier: 'false' }

beforeAll(async () => {
  folder = await mkdtemp(join(INSTALLATION, '.tapgate-test-'))
  emptyFolder = await mkdtemp(join(tmpdir(), 'tapgate-readme-'))
  const start = snippet('Run it in 30 seconds: sh').replace(
    /^git clone \S+$/m,
    `ln -s '${INSTALLATION}' tapgate`,
  )
  gateway = await serve({
    command: ['sh', '-e', '-c', start],
    folder: emptyFolder,
    database: { folder: join(emptyFolder, 'data') },
    environment: NPM,
  })
  // What curl prints beside the answer goes elsewhere.
  const settings = ['silent', 'show-error', 'noproxy = *', `dump-header = ${headersFile()}`]
  await writeFile(join(folder, '.curlrc'), settings.join('\n'))
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  const options = { recursive: true, force: true, maxRetries: 5 }
  await Promise.all([folder, emptyFolder].map((path) => rm(path, options)))
})

const headersFile = (): string => join(folder, 'headers.txt')

interface Result {
  readonly ending: Ending
  readonly output: string
}

const SUCCESS: Ending = { code: 0, signal: null }

/** Runs a program as a reader would who has set TAPGATE_KEY. */
async function execute(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Result> {
  await using program = startProgram({
    command,
    folder: INSTALLATION,
    environment: { TAPGATE_KEY: KEY, CURL_HOME: folder, ...NPM, ...environment },
  })
  const ending = await program.ended
  return { ending, output: program.output }
}

/** A snippet as a command. */
function shell(name: string): readonly string[] {
  return ['sh', '-e', '-c', atOurAddress(snippet(name))]
}

/** As it stands, but for the port. */
function atOurAddress(code: string): string {
  return code.replaceAll('http://127.0.0.1:8787', gateway.url)
}

async function write(name: string, code: string): Promise<string> {
  const file = join(folder, name)
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(file, atOurAddress(code))
  return file
}

it('has no snippet that is not tried here', () => {
  expect(snippets.map(({ name }) => name)).toEqual([
    'Run it in 30 seconds: sh',
    'The first request: sh',
    'The first request: python',
    'The first request: js',
    'A config: ts',
    'The way of a request: drawing',
    'Write a plugin: ts',
    'Write a router script: js',
    'Write a router script: sh',
    'Use MCP servers: sh',
    'Use MCP servers: sh 2',
    'Deploy: sh',
    'Deploy: sh 2',
  ])
})

describe('Run it in 30 seconds', () => {
  it('starts the gateway, and prints the address, the providers and what to set', () => {
    expect(gateway.output).toContain(gateway.url)
    expect(gateway.output).toMatch(/^ +On +.*Demo/m)
    expect(gateway.output).toMatch(/^ +Off +.*\w+ \([A-Z]+_[A-Z_]+\)/m)
    expect(gateway.output).toContain('  curl http://127.0.0.1:')
  })
})

describe('The first request', () => {
  it('with curl is answered', async () => {
    const { ending, output } = await execute(shell('The first request: sh'))
    expect(ending).toEqual(SUCCESS)
    expect(JSON.parse(output).choices[0].message.content).toBe('Hello!')
    expect(await readFile(headersFile(), 'utf8')).toMatch(/^x-model-name: echo\r$/m)
  })

  it('with Python is answered', { timeout: 180_000 }, async ({ skip }) => {
    const packages = await pythonPackages().catch((error: unknown) =>
      skip(`Python with the package "openai" can not be had: ${String(error)}`),
    )
    const file = await write('request.py', snippet('The first request: python'))
    const { ending, output } = await execute(['python3', file], { PYTHONPATH: packages })
    expect(output).toMatch(/^Lorem ipsum dolor sit amet.*laborum\.$/s)
    expect(ending).toEqual(SUCCESS)
  })

  it('with JavaScript is answered', async () => {
    const file = await write('request.js', snippet('The first request: js'))
    const { ending, output } = await execute([process.execPath, file])
    expect(output).toBe('256\n')
    expect(ending).toEqual(SUCCESS)
  })
})

/** Where Python finds the package `openai`: nowhere in particular, or in a folder made once. */
async function pythonPackages(): Promise<string> {
  const has = (path: string): Promise<boolean> =>
    run('python3', ['-c', 'import openai'], { env: { ...process.env, PYTHONPATH: path } }).then(
      () => true,
      () => false,
    )
  const kept = join(INSTALLATION, 'node_modules/.cache/tapgate-readme-python')
  if (await has('')) return ''
  if (await has(kept)) return kept
  const draft = await mkdtemp(`${kept}-`)
  const arguments_ = ['-m', 'pip', 'install', '--quiet', '--target', draft, 'openai']
  await run('python3', arguments_, { timeout: 150_000 })
  await rm(kept, { recursive: true, force: true })
  await rename(draft, kept)
  return kept
}

const shout = snippet('Write a plugin: ts')
const config = snippet('A config: ts')
/** As the README says: imported, and added to the plugins. */
const shoutingConfig = `import { shout } from './plugins/shout.ts'\n${config.replace(
  'plugins: [',
  'plugins: [\n    shout(),',
)}`

describe('A config', () => {
  it('is one that the gateway serves', async () => {
    const file = await write('gateway.config.ts', config)
    await using served = await serve({ config: file, database: await makeTestDatabase('postgres') })
    const answer = await served.chat(say('fast', 'Say Swordfish.'))
    expect(answer.headers.get('x-model-name')).toBe('echo')
    expect(answer.body.choices[0].message.content).toMatch(/^Say (?!swordfish)\S+\.$/i)
    const { models } = (await served.ask('/usage/total', {})).body
    expect(models).toMatchObject([
      { provider: 'demo', cost_per_input_token: 1, cost_per_output_token: 2 },
    ])
    const routed = await served.chat({
      ...say('router/any', 'Hi.'),
      router: { type: 'random', targets: ['demo/lorem'] },
    })
    expect(routed.headers.get('x-model-name')).toBe('lorem')
  })

  it('is one that the editor has nothing to say about, until it has a mistake', async () => {
    await write('gateway.config.ts', config)
    await write('shouting.config.ts', shoutingConfig)
    await write('plugins/shout.ts', shout)
    await write('mistaken.config.ts', config.replace("action: 'redact'", "action: 'redcat'"))
    await write('tsconfig.json', '{ "extends": "../tsconfig.json", "include": ["**/*.ts"] }')
    const { output } = await execute(['tsc', '--project', folder, '--pretty', 'false'])
    const errors = output.split('\n').filter((line) => line.includes('error TS'))
    expect(errors.join('\n')).toMatch(/^\S*mistaken\.config\.ts\(.+"redcat"/)
    expect(errors).toHaveLength(1)
  })
})

describe('The way of a request', () => {
  it('is drawn as it is written', async () => {
    const drawing = snippet('The way of a request: drawing')
    const steps = [...drawing.matchAll(/^ +\d +(\w+)/gm)].map(([, step]) => step)
    const calls = ['hooks.preRoute', 'route', 'guarding.input', 'takeTurns', 'guarding.output']
    const pipeline = await readFile(join(INSTALLATION, 'core/pipeline.ts'), 'utf8')
    const [, way = ''] = /^export async function run\(([^]*?)^}$/m.exec(pipeline) ?? []
    expect(steps).toEqual(['preRoute', 'routing', 'guardInput', 'turns', 'guardOutput'])
    const places = calls.map((call) => way.search(new RegExp(`\\b${call.replace('.', '\\.')}\\(`)))
    expect(places).toEqual(places.toSorted((a, b) => a - b))
    expect(places).not.toContain(-1)
  })
})

describe('Write a plugin', () => {
  it('makes the demo shout, and refuses words that are too long', async () => {
    await write('plugins/shout.ts', shout)
    const file = await write('shouting.config.ts', shoutingConfig)
    await using served = await serve({ config: file, database: await makeTestDatabase('postgres') })
    const answer = await served.chat(say('demo/echo', 'Hello, you.'))
    expect(answer.body.choices[0].message.content).toBe('HELLO, YOU.')
    const stream = await served.chat(say('demo/echo', 'Hello, you.', { stream: true }))
    const words = eventsOf(stream.text).map((event) => event.choices?.[0]?.delta?.content ?? '')
    expect(words.join('')).toBe('HELLO, YOU.')
    const refusal = await served.chat(say('demo/echo', 'o'.repeat(31)))
    expect(refusal.status).toBe(400)
    expect(refusal.body.error).toMatchObject({
      code: 'invalid_parameter',
      message: 'Please use shorter words.',
    })
  })
})

describe('Write a router script', () => {
  it.each([
    ['a short', 'Hello!', 'echo'],
    ['a long', 'Hello! '.repeat(2_000), 'lorem'],
  ])('sends %s request to the model for it', async (_length, content, model) => {
    const router = { type: 'script', script: snippet('Write a router script: js') }
    const answer = await gateway.chat(say('router/by-length', content, { router }))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-model-name')).toBe(model)
  })

  it('is sent with curl', async () => {
    const { ending, output } = await execute(shell('Write a router script: sh'))
    expect(ending).toEqual(SUCCESS)
    expect(JSON.parse(output).choices[0].message.content).toBe('Hello!')
    expect(await readFile(headersFile(), 'utf8')).toMatch(/^x-model-name: echo\r$/m)
  })
})

describe('Use MCP servers', () => {
  it('lets a model use a tool', async () => {
    const { ending, output } = await execute(shell('Use MCP servers: sh'))
    expect(ending).toEqual(SUCCESS)
    const answer = JSON.parse(output)
    expect(answer.tapgate.tool_calls).toMatchObject([{ server: 'clock', name: 'now' }])
    expect(answer.choices[0].message.content).toMatch(/\d\d:\d\d:\d\d/)
  })

  it('has commands that list, call and connect', async () => {
    const { ending, output } = await execute(shell('Use MCP servers: sh 2'), {
      TAPGATE_DATA: gateway.database.folder,
    })
    expect(ending).toEqual(SUCCESS)
    expect(output).toMatch(/^clock\b/m)
    expect(output).toMatch(/\d\d:\d\d:\d\d/)
    expect(output).toMatch(/claude mcp add/)
  })
})

describe('Deploy', () => {
  it('has commands that work beside the gateway', async () => {
    const ids = ['gpt-5', 'gpt-5-mini', 'gpt-4.1']
    const data = ids.map((id) => ({ id, object: 'model', created: 1, owned_by: 'openai' }))
    await using openai = await startUpstream(() => json({ object: 'list', data }))
    const { ending, output } = await execute(shell('Deploy: sh 2'), {
      PORT: new URL(gateway.url).port,
      TAPGATE_DATA: gateway.database.folder,
      OPENAI_API_KEY: 'sk-openai',
      OPENAI_BASE_URL: `${openai.url}/v1`,
    })
    expect(ending).toEqual(SUCCESS)
    expect(output).toMatch(/^ok +Port +A Tapgate answers/m)
    expect(output).toMatch(/^ok +Database +PostgreSQL \S+ embedded answers/m)
    expect(output).toMatch(/^ok +OpenAI +127\.0\.0\.1:\d+ answers/m)
    expect(output).not.toMatch(/^failed/m)

    const key = /^sk-prod-[0-9a-f]{64}$/m.exec(output)?.[0] ?? ''
    const authorization = `Bearer ${key}`
    expect((await gateway.chat(say('demo/echo', 'Hi.'), { authorization })).status).toBe(200)
    expect((await gateway.ask('/api/keys', undefined, { authorization })).status).toBe(403)

    expect(output).toMatch(/^openai\/gpt-5-mini +\d/m)
    expect(output).not.toContain('openai/gpt-4.1')
    expect(output).toMatch(/^POST +\/v1\/chat\/completions +write/m)
    expect(output).toMatch(/^GET +\/readyz +public/m)
  })

  it('composes an image that has what it needs, and starts as its files say', async () => {
    expect(snippet('Deploy: sh')).toBe('docker compose up\n')
    const image = await buildImage()
    expect(image.missing).toEqual([])
    expect(image.command).toEqual(['node', 'config/start.mjs'])
    expect(image.environment).toMatchObject({ HOST: '0.0.0.0', NODE_ENV: 'production' })

    const port = '8787'
    const compose = await readFile(join(INSTALLATION, 'compose.yaml'), 'utf8')
    const [, ofGateway = ''] = /^  gateway:\n((?: {4}.*\n)+)/m.exec(compose) ?? []
    expect(ofGateway).toContain(`:${port}:${port}'`)
    expect(ofGateway).toContain(`:${image.environment['TAPGATE_DATA']}\n`)
    const asked = [...ofGateway.matchAll(/^ {6}([A-Z_]+):/gm)].map(([, name = '']) => name)
    const told = [...readme.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name)
    expect(told).toEqual(expect.arrayContaining([...asked, 'HOST', 'TAPGATE_DATA']))
    expect(asked).toContain('DATABASE_URL')

    await using served = await serve({
      command: image.command,
      folder: image.folder,
      database: await makeTestDatabase('postgres'),
      environment: { NODE_ENV: 'production', HOST: '127.0.0.1' },
    })
    expect((await served.chat(say('demo/echo', 'Hi.'))).status).toBe(200)
    const check = (environment: Record<string, string>): Promise<Result> =>
      execute(image.healthCheck, environment)
    expect((await check({ PORT: new URL(served.url).port })).ending).toEqual(SUCCESS)
    expect((await check({ PORT: '1' })).ending).not.toEqual(SUCCESS)
  })
})

interface Image {
  /** Holds what an image would: what `.dockerignore` lets through, and the dependencies. */
  readonly folder: string
  /** What the Dockerfile copies and is not there. */
  readonly missing: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly command: readonly string[]
  readonly healthCheck: readonly string[]
}

/** What Docker would make of the Dockerfile, as far as that is told without one. */
async function buildImage(): Promise<Image> {
  const image = join(emptyFolder, 'image')
  const [dockerfile = '', ignored = ''] = await Promise.all(
    ['Dockerfile', '.dockerignore'].map((name) => readFile(join(INSTALLATION, name), 'utf8')),
  )
  for (const [, path = ''] of ignored.matchAll(/^!(.+)$/gm)) {
    await cp(join(INSTALLATION, path), join(image, path), { recursive: true })
  }
  await symlink(join(INSTALLATION, 'node_modules'), join(image, 'node_modules'))
  const copied = [...dockerfile.matchAll(/^COPY (.+) \S+$/gm)].flatMap(([, list = '']) =>
    list.split(' '),
  )
  const [, variables = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? []
  const [check, command] = [...dockerfile.matchAll(/^ *CMD (\[.+\])$/gm)]
  return {
    folder: image,
    missing: copied.filter((path) => !existsSync(join(image, path))),
    environment: Object.fromEntries(variables.split(' ').map((pair) => pair.split('=', 2))),
    command: JSON.parse(command?.[1] ?? ''),
    healthCheck: JSON.parse(check?.[1] ?? ''),
  }
}
