import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import { definePlugin, type PluginEntry } from '#core'
import { routers } from '#plugins/routing/routers'

import { runProgram, tapgate } from '../../config/command-line.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { INSTALLATION } from '../../helpers/serve.ts'
import { localProvider } from '../local-provider.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

/** A folder with these files. */
async function makeFiles(files: Record<string, string>, parent = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(parent, '.tapgate-test-scripts-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) await put(join(folder, name), text)
  return folder
}

async function put(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** A gateway with models `good/x`, `good/y` and `good/z`. */
async function start(
  options: Parameters<typeof routers>[0],
  ...plugins: PluginEntry[]
): Promise<TestGateway> {
  const good = localProvider('good', ['x', 'y', 'z'], (_request, model) => `from good/${model}`)
  const gateway = await startGateway({ plugins: [good, routers(options), ...plugins] })
  onTestFinished(() => gateway.stop())
  return gateway
}

function ask(gateway: TestGateway, script: string, headers = {}): Promise<TestAnswer> {
  return gateway.chat(say('router/x', 'hi', { router: { type: 'script', script } }), headers)
}

const modelOf = ({ headers }: TestAnswer): string | null => headers.get('x-model-name')

const to = (model: string): string => `export default () => 'good/${model}'`

describe('a script file named in the config', () => {
  it('routes by what it is told, with types or without', async () => {
    const folder = await makeFiles({
      'cheapest.ts': `import type { RouterScript } from '#plugins/routing/routers'
const route: RouterScript = ({ request, headers, models, metrics, budget, random }) => {
  const isTold =
    request.messages.length === 1 && headers['x-label'] === 'a' && models.length === 3 &&
    (metrics.good?.models['y']?.metrics.total.requests ?? 0) > 0 &&
    budget.remaining_usd === null && random('seed')() < 1
  return isTold ? ['good/z', { model: 'good/x', temperature: 0 }] : 'good/y'
}`,
      'plain.js': 'const route = async () => ({ model: "good/x" })',
    })
    const gateway = await start({
      scripts: { cheapest: join(folder, 'cheapest.ts'), plain: join(folder, 'plain.js') },
    })

    expect(modelOf(await ask(gateway, 'file:plain'))).toBe('x')
    expect(modelOf(await ask(gateway, 'file:cheapest'))).toBe('y')
    await vi.waitFor(
      async () => {
        const answer = await ask(gateway, 'file:cheapest', { 'x-label': 'a' })
        expect(modelOf(answer)).toBe('z')
      },
      // The metrics are looked at once a second.
      { timeout: 30_000, interval: 300 },
    )
  })

  it('may be one of a folder of them', async () => {
    const folder = await makeFiles({
      'one.ts': to('x'),
      'two.mjs': to('y'),
      'types.d.ts': 'export type A = 1',
      'notes.md': '# Notes',
    })
    const gateway = await start({ scripts: folder })

    expect(modelOf(await ask(gateway, 'file:one'))).toBe('x')
    expect(modelOf(await ask(gateway, 'file:two'))).toBe('y')
  })

  it('that nobody named is refused, with those that are', async () => {
    const folder = await makeFiles({ 'cheapest.ts': to('x'), 'fastest.ts': to('y') })
    const gateway = await start({ scripts: folder })

    const answer = await ask(gateway, 'file:cheapst')

    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({
      code: 'invalid_parameter',
      param: 'router.script',
      message:
        '"router.script" must be one of cheapest, fastest after "file:"; did you mean "cheapest"?',
    })
  })

  it('is one that the explain record names the seed of', async () => {
    const folder = await makeFiles({
      'any.ts': `export default ({ random }) => 'good/' + 'xyz'[Math.floor(random()() * 3)]`,
    })
    const gateway = await start({ scripts: folder })

    const answer = await ask(gateway, 'file:any', { 'x-tapgate-explain': '1' })

    const id = answer.headers.get('x-request-id') ?? ''
    const { steps } = (await gateway.get(`/api/requests/${id}/explain`)).body
    expect(steps).toContainEqual({
      plugin: 'routers',
      step: 'script',
      micros: expect.any(Number),
      decision: `chose: good/${modelOf(answer)} (seed ${id})`,
    })
    const drawn = `const route = ({ random }) => 'good/' + 'xyz'[Math.floor(random('${id}')() * 3)]`
    expect(modelOf(await ask(gateway, drawn))).toBe(modelOf(answer))
  })

  it('that fails tells line and column, and no path', async () => {
    const folder = await makeFiles({
      'bad.ts': `const a: number = 1\nexport default () => nobody(a)`,
    })
    const gateway = await start({ scripts: folder })

    const answer = await ask(gateway, 'file:bad')

    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({
      code: 'router_script_error',
      message:
        'The router script failed at line 2, column 22: ReferenceError: nobody is not defined',
      details: { reason: 'threw', line: 2, column: 22 },
    })
    expect(answer.text).not.toContain(folder)
  })
})

describe('a script file that changes', () => {
  it('is loaded anew, and with a mistake in it stays as it was', async () => {
    const folder = await makeFiles({ 'one.ts': to('x') })
    const file = join(folder, 'one.ts')
    const gateway = await start({ scripts: folder })
    const logged = (text: string): boolean => gateway.logs.some((line) => line.includes(text))
    const patient = { timeout: 60_000, interval: 50 }
    expect(modelOf(await ask(gateway, 'file:one'))).toBe('x')

    await put(file, to('y'))
    await vi.waitFor(async () => expect(modelOf(await ask(gateway, 'file:one'))).toBe('y'), patient)

    await put(file, `const a = 1\n  const = 2`)
    await vi.waitFor(() => expect(logged('one.ts:2:9 ')).toBe(true), patient)
    expect(modelOf(await ask(gateway, 'file:one'))).toBe('y')

    await put(file, `\nnobody()\n${to('x')}`)
    await vi.waitFor(() => expect(logged('one:2:1 ReferenceError')).toBe(true), patient)
    expect(modelOf(await ask(gateway, 'file:one'))).toBe('y')

    await put(file, to('z'))
    await vi.waitFor(async () => expect(modelOf(await ask(gateway, 'file:one'))).toBe('z'), patient)

    await put(join(folder, 'two.ts'), to('x'))
    await vi.waitFor(async () => expect((await ask(gateway, 'file:two')).status).toBe(200), patient)
    await rm(join(folder, 'two.ts'))
    await vi.waitFor(async () => expect((await ask(gateway, 'file:two')).status).toBe(400), patient)
  })
})

describe('script files with mistakes', () => {
  it('are all listed by "tapgate check", with line and column', async () => {
    const folder = await makeFiles({
      'gateway.config.ts': `import { defineConfig } from '#config'
import { demo } from '#plugins/providers/demo'
import { routers } from '#plugins/routing/routers'
export default defineConfig({
  plugins: [
    demo(),
    routers({ scripts: { a: './scripts/a.ts', b: 'scripts/b.js', c: 'scripts/c.ts', d: 'scripts/d.ts' } }),
  ],
})`,
      'scripts/a.ts': 'const route = 1\nconst = 2',
      'scripts/b.js': 'const rout = () => 1',
      'scripts/d.ts': to('x'),
    })

    const outcome = await tapgate(['check'], folder)

    expect(outcome.code).toBe(2)
    const problems = outcome.stderr.split('\n').filter((line) => line.startsWith('  - '))
    expect(problems).toEqual([
      expect.stringMatching(/^ {2}- scripts\/a\.ts:2:7 Unexpected token/),
      '  - scripts/b.js It needs "export default", or "export const route".',
      '  - scripts/c.ts can not be read: ENOENT.',
    ])
    expect(outcome.stderr).not.toMatch(/Warning|^ +at /m)
  })

  it('that show only when they are loaded stop the start', async () => {
    const folder = await makeFiles({ 'one.ts': `\nnobody()\n${to('x')}` })

    await expect(start({ scripts: folder })).rejects.toMatchObject({
      problems: ['The router script "one":2:1: ReferenceError: nobody is not defined'],
    })
  })
})

describe('a script', () => {
  it('may not choose the model of another project', async () => {
    const secrets = definePlugin({
      name: 'secrets',
      schema: { type: 'object', additionalProperties: false },
      setup: () => ({
        models: {
          list: (projectId) => (projectId === 'other' ? ['secret'] : []),
          resolve: (name, projectId) =>
            name === 'secret' && projectId === 'other' ? ['good/x'] : undefined,
        },
      }),
    })
    const folder = await makeFiles({ 'thief.ts': `export default () => 'secret'` })
    const gateway = await start({ scripts: folder }, secrets())

    for (const script of ['file:thief', `const route = () => 'secret'`]) {
      const answer = await ask(gateway, script)
      expect(answer.status).toBe(400)
      expect(answer.body.error.details).toMatchObject({ reason: 'bad_result' })
    }
  })

  it.each([
    [
      'sourceBytes',
      { sourceBytes: 40 },
      '"x".repeat(9) // and much more of it',
      'source_too_large',
    ],
    ['argumentBytes', { argumentBytes: 1024 }, '"good/x"', 'arguments_too_large'],
    ['resultBytes', { resultBytes: 64 }, '"x".repeat(99)', 'result_too_large'],
    ['timeoutMs', { timeoutMs: 1 }, '{ for (;;); }', 'timeout'],
    [
      'memoryMb',
      { memoryMb: 8, timeoutMs: 20_000 },
      '{ for (const all = []; ; ) all.push([all]) }',
      'memory',
    ],
  ])('has a limit by the option %s', async (_name, limits, body, reason) => {
    const gateway = await start({ limits })
    const content = 'x'.repeat(2000)
    const router = { type: 'script', script: `const route = () => ${body}` }

    const answer = await gateway.chat(say('router/x', content, { router }))

    expect(answer.status).toBe(400)
    expect(answer.body.error.details.reason).toMatch(new RegExp(`${reason}|crashed`))
  })
})

it('an author of scripts has types, and is told of mistakes', async () => {
  const good = `import type { RouterScript } from '#plugins/routing/routers'
export default (({ models, metrics, random }) => {
  const slow = metrics['openai']?.models['gpt-5']?.metrics.last_15_minutes.latency ?? 0
  const [cheapest] = models.toSorted((a, b) => (a.price?.per_input_token ?? 0) - (b.price?.per_input_token ?? 0))
  if (slow > 1000 || random()() < 0.1) return { model: 'openai/gpt-5-mini', temperature: 0 }
  return cheapest ? [cheapest.model, 'demo/echo'] : 'demo/echo'
}) satisfies RouterScript
`
  const folder = await makeFiles(
    {
      'good.ts': good,
      'bad.ts': good.replace('last_15_minutes', 'last_5_minutes').replace("'demo/echo'\n", '7\n'),
      'tsconfig.json': '{ "extends": "../tsconfig.json", "include": ["*.ts"] }',
    },
    INSTALLATION,
  )
  const tsc = join(INSTALLATION, 'node_modules/.bin/tsc')
  const { stdout } = await runProgram([tsc, '--project', folder, '--pretty', 'false'], folder)
  const errors = stdout.split('\n').filter((line) => /^(good|bad)\.ts/.test(line))

  expect(errors.filter((line) => line.startsWith('good.ts'))).toEqual([])
  expect(errors.join('\n')).toContain('last_5_minutes')
})
