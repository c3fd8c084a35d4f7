import { describe, expect, it } from 'vitest'

import { makeFolder, tapgate, type Outcome } from './command-line.ts'

/** What "tapgate check" says to a config file. */
async function check(config: string, environment: Record<string, string> = {}): Promise<Outcome> {
  return tapgate(['check'], await makeFolder(config), environment)
}

/** The list of mistakes, without the headline. */
function problemsIn({ stderr }: Outcome): string[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('  - '))
    .map((line) => line.slice(4))
}

const IMPORTS = `import { defineConfig, env } from '#config'
import { keywords } from '#plugins/guards/keywords'
import { demo } from '#plugins/providers/demo'
import { openai, openaiCompatible } from '#plugins/providers/openai-compatible'
`

describe('a config file with mistakes', () => {
  it('has all of them listed at once, each with its place, and without a stack', async () => {
    const outcome = await check(
      `${IMPORTS}
export default defineConfig({
  server: { prt: 80, host: 1 },
  log: { level: 'inof' },
  plugins: [
    demo,
    // openai({ apiKye: 'x' })
    openai({
      apiKye: 'x',
      timeouts: { connectMs: 'soon' },
    }),
    openaiCompatible({
      name: 'mine',
      baseUrl: \`\${env('MY_URL')}/v1\`,
      apiKey: env('MY_KEY'),
    }),
    'openai',
    keywords({ words: () => ['a'] }),
    keywords(),
  ],
})
`,
      { PORT: 'abc', LOG_LEVEL: 'loud', DATABASE_URL: 'mysql://user:password@host/db' },
    )
    expect(problemsIn(outcome)).toEqual([
      'server.prt is not known; did you mean "port"? (line 7)',
      'server.host must be string (line 7).',
      'log.level must be one of trace, debug, info, warn, error, fatal, silent; did you mean "info"? (line 8)',
      'The environment variable PORT must be a number from 0 to 65535, not "abc".',
      'The environment variable DATABASE_URL must begin with "postgres://".',
      'The environment variable LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud".',
      'plugins[0] is a function: call it, as in "openai()" (line 10).',
      'plugins[1] (openai).apiKye is not known; did you mean "apiKey"? (line 13)',
      'plugins[1] (openai).timeouts.connectMs must be integer (line 14).',
      'plugins[2] (openai-compatible).baseUrl wants the environment variable MY_URL, which is not set (line 18).',
      'plugins[2] (openai-compatible).apiKey wants the environment variable MY_KEY, which is not set (line 19).',
      `plugins[3] is not a plugin: it must be what a plugin's function returns, as in "openai()" (line 21).`,
      'plugins[4] (keywords).words must be array (line 22).',
      'plugins[5] (keywords).words is required (line 23).',
    ])
    expect(outcome.stderr).toMatch(/^gateway\.config\.ts has 14 mistakes\.\n/)
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).not.toMatch(/^ +at |password/m)
  })

  it('has clashes between its plugins listed beside what is wrong with the environment', async () => {
    const outcome = await check(`${IMPORTS}export default { plugins: [demo(), demo()] }`, {
      PORT: '65536',
    })
    expect(problemsIn(outcome)).toEqual([
      'The environment variable PORT must be a number from 0 to 65535, not "65536".',
      'The provider "demo" is given twice, by "demo" and by "demo"; rename one.',
    ])
    expect(outcome.code).toBe(2)
  })

  it('has the headers with which no request could leave, and tells no key', async () => {
    const outcome = await check(
      `${IMPORTS}
export default {
  plugins: [
    openai({ headers: { 'two words': 'x', Upgrade: 'h2c' } }),
    openaiCompatible({ name: 'mine', baseUrl: 'http://localhost:1', apiKey: 'sk-1\\nsk-2' }),
  ],
}`,
      { OPENAI_API_KEY: '“sk-secret”' },
    )
    expect(problemsIn(outcome)).toEqual([
      'The header "authorization" of the provider "openai" has a character that no header can have: U+201C. Was more copied than the key?',
      'The header "two words" of the provider "openai" has no name that a header can have.',
      'The header "upgrade" of the provider "openai" is written by the gateway itself; leave it out.',
      'The header "authorization" of the provider "mine" has a character that no header can have: U+000A. Was more copied than the key?',
    ])
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).not.toMatch(/secret|sk-[12]/)
  })

  it('has what a plugin objects to, with what to do about it', async () => {
    const outcome = await check(
      `${IMPORTS}
import { accounts } from '#plugins/access/accounts'
export default { plugins: [accounts()] }`,
      { TAPGATE_KEY: 'short' },
    )
    expect(problemsIn(outcome)).toEqual([
      expect.stringMatching(
        /^Plugin "accounts": TAPGATE_KEY does not look like an API key\. Set it to /,
      ),
    ])
    expect(outcome.code).toBe(2)
  })

  it('has what a model can not be said to do', async () => {
    const outcome = await check(`${IMPORTS}
export default defineConfig({
  models: { 'vllm/x': { capabilities: ['visoin'], contextWindow: 8000 } },
  plugins: [demo()],
})
`)
    expect(problemsIn(outcome)).toEqual([
      expect.stringMatching(
        /^models\.vllm\/x\.capabilities\[0\] must be one of vision, .*did you mean "vision"\? \(line \d+\)$/,
      ),
    ])
  })

  it('has what several plugins object to, all at once', async () => {
    const outcome = await check(`
import { defineConfig } from '#config'
import { jsonSchema } from '#plugins/guards/json-schema'
import { regex } from '#plugins/guards/regex'

export default defineConfig({
  plugins: [regex({ patterns: ['('] }), jsonSchema({ schema: { type: 'oject' } })],
})
`)
    const problems = problemsIn(outcome)
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain('Plugin "regex"')
    expect(problems[1]).toContain('Plugin "json-schema"')
    expect(outcome.code).toBe(2)
  })

  it('names the plugins among the mistakes of "serve" too, and starts nothing', async () => {
    const outcome = await tapgate([], await makeFolder(`${IMPORTS}export default { plugin: [] }`))
    expect(problemsIn(outcome)).toEqual([
      'plugins is required.',
      'plugin is not known; did you mean "plugins"? (line 5)',
    ])
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
  })

  it('is told apart by --json', async () => {
    const folder = await makeFolder('export default { plugins: [], colour: 1 }')
    const { code, stdout, stderr } = await tapgate(['check', '--json'], folder)
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      message: 'gateway.config.ts has a mistake.',
      problems: ['colour is not known (line 1).'],
    })
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' })
  })

  it('shows the stack to whoever debugs', async () => {
    const { code, stderr } = await check('export default { plugins: 1 }', { LOG_LEVEL: 'debug' })
    expect(code).toBe(2)
    expect(stderr).toMatch(/ - plugins must be array/)
    expect(stderr).toMatch(/^ +at .*assemble\.ts/m)
  })
})

describe('a file that cannot be loaded', () => {
  it('is shown with the line and the place where its syntax ends', async () => {
    const outcome = await check(`${IMPORTS}
export default defineConfig({
  plugins: [
    demo(
  ],
})
`)
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toBe(`gateway.config.ts cannot be loaded.
  - gateway.config.ts:9: Expression expected
    
        demo(
      ],
      ^
    })
`)
  })

  it('is shown with the name that a plugin file does not export', async () => {
    const { code, stderr } = await check(
      `import { dmo } from '#plugins/providers/demo'\nexport default { plugins: [dmo()] }`,
    )
    expect(code).toBe(2)
    expect(stderr).toContain('gateway.config.ts:1: ')
    expect(stderr).toContain(`does not provide an export named 'dmo'`)
    expect(stderr).toContain('         ^^^')
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it('is told the plugin file that it may have meant', async () => {
    const { code, stderr } = await check(
      `import { demo } from '#plugins/providers/dmo'\nexport default { plugins: [demo()] }`,
    )
    expect(code).toBe(2)
    expect(stderr).toContain(
      'It imports plugins/providers/dmo.ts, which does not exist; did you mean "demo.ts"?',
    )
  })

  it('is told what it throws, and where', async () => {
    const { code, stderr } = await check(`${IMPORTS}\nexport default { plugins: [groq()] }`)
    expect(code).toBe(2)
    expect(stderr).toContain('gateway.config.ts:6: groq is not defined')
    expect(stderr).not.toMatch(/^ +at /m)
  })

  it.each([
    ['no default export', 'export const config = 1', 'It has no default export'],
    ['another default export', 'export default 3', 'Its default export must be "defineConfig('],
    ['a list for a config', 'export default []', 'Its default export must be "defineConfig('],
  ])('is no config when it has %s', async (_what, source, message) => {
    const outcome = await check(source)
    expect(outcome.code).toBe(2)
    expect(outcome.stderr).toMatch(/^gateway\.config\.ts is not a config\.\n/)
    expect(outcome.stderr).toContain(message)
  })
})

describe('a config file that is not there', () => {
  it.each([
    [[], {}, 'Go where it is, or name another file with --config or TAPGATE_CONFIG.'],
    [['--config', 'other.ts'], {}, 'other.ts does not exist. --config names it.'],
    [[], { TAPGATE_CONFIG: 'third.ts' }, 'third.ts does not exist. TAPGATE_CONFIG names it.'],
    [
      ['--config', 'other.ts'],
      { TAPGATE_CONFIG: 'third.ts' },
      'other.ts does not exist. --config names it.',
    ],
  ])('is reported with who named it: %j %j', async (args, environment, message) => {
    const outcome = await tapgate(['check', ...args], await makeFolder(), environment)
    expect(outcome).toMatchObject({ code: 2, stdout: '' })
    expect(outcome.stderr).toContain(message)
  })
})
