import { describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../helpers/database.ts'
import { serve } from '../helpers/serve.ts'
import { makeFolder, tapgate } from './command-line.ts'

const TALLY = `import { defineConfig } from '#config'
import { demo } from '#plugins/providers/demo'
import { definePlugin } from ${JSON.stringify(new URL('../../core/plugin.ts', import.meta.url))}
import { SetupError } from ${JSON.stringify(new URL('../../core/setup-error.ts', import.meta.url))}

const tally = definePlugin({
  name: 'tally',
  schema: { type: 'object', additionalProperties: false },
  setup: ({ database }) => ({
    commands: [
      {
        name: 'tally',
        summary: 'Count',
        arguments: [{ name: 'what', description: 'what to count' }],
        options: [{ flags: '--up-to <number>', description: 'the last', default: '3' }],
        async run({ arguments: [what], options }) {
          const [row] = await database.query('select count(*) as n from generate_series(1, $1::int)', [
            options.upTo,
          ])
          return { text: \`\${row.n} \${what ?? 'things'}\`, json: { count: row.n, options } }
        },
      },
      {
        name: 'fail softly',
        summary: 'Fail as an operator may',
        run() {
          throw new SetupError('no_luck', 'There was no luck.', 'Try another day.')
        },
      },
      { name: 'fail hard', summary: 'Fail as a plugin must not', run: () => undefined.length },
    ],
  }),
})

export default defineConfig({ plugins: [demo(), tally()] })
`

describe('the command of a plugin', () => {
  it('has the database open, and gets its arguments and options', async () => {
    const { folder: TAPGATE_DATA } = await makeTestDatabase('embedded')
    const folder = await makeFolder(TALLY)
    expect(await tapgate(['tally'], folder, { TAPGATE_DATA })).toEqual({
      code: 0,
      stdout: '3 things\n',
      stderr: '',
    })
    const { stdout } = await tapgate(['tally', 'sheep', '--up-to', '7', '--json'], folder, {
      TAPGATE_DATA,
    })
    expect(JSON.parse(stdout)).toEqual({ count: 7, options: { upTo: '7' } })
  })

  it('uses the database of a gateway that runs on the same folder, or its own when none does', async () => {
    await using gateway = await serve({ environment: { TAPGATE_KEY: '' } })
    const folder = await makeFolder(
      `import { accounts } from '#plugins/access/accounts'\nexport default { plugins: [accounts()] }`,
    )
    const environment = { TAPGATE_DATA: gateway.database.folder }
    const create = async (name: string): Promise<string> => {
      const args = ['keys', 'create', '--name', name, '--json']
      const { stdout } = await tapgate(args, folder, environment)
      return JSON.parse(stdout).key
    }
    const key = await create('beside it')
    const answer = await gateway.ask('/v1/models', undefined, { authorization: `Bearer ${key}` })
    expect(answer.status).toBe(200)

    gateway.kill('SIGTERM')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
    await create('without it')
    const { stdout } = await tapgate(['keys', 'list', '--json'], folder, environment)
    const names = JSON.parse(stdout).map(({ name }: { name: string }) => name)
    expect(names.toSorted()).toEqual(['beside it', 'first key', 'without it'])
  })

  it('fails with a sentence and a hint, and without a stack', async () => {
    const outcome = await tapgate(['fail', 'softly'], await makeFolder(TALLY))
    expect(outcome).toEqual({
      code: 1,
      stdout: '',
      stderr: 'There was no luck.\nTry another day.\n',
    })
  })

  it('fails in JSON where JSON was asked for', async () => {
    const { code, stdout } = await tapgate(['fail', 'softly', '--json'], await makeFolder(TALLY))
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      message: 'There was no luck.',
      problems: [],
      hint: 'Try another day.',
    })
  })

  it('shows where a fault of its own lies to whoever debugs', async () => {
    const folder = await makeFolder(TALLY)
    const outcome = await tapgate(['fail', 'hard'], folder)
    expect(outcome.code).toBe(1)
    expect(outcome.stderr).toMatch(/\nSet LOG_LEVEL=debug to see where this comes from\.\n$/)
    const { stderr } = await tapgate(['fail', 'hard'], folder, { LOG_LEVEL: 'debug' })
    expect(stderr).toMatch(/^ +at .*gateway\.config\.ts/m)
  })
})
