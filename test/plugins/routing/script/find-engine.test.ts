import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it, vi } from 'vitest'

import { describeEngine, findEngine } from '../../../../plugins/routing/script/find-engine.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

const folder = join(import.meta.dirname, '../../../../plugins/routing/script')
const addressOf = (name: string): string => JSON.stringify(pathToFileURL(join(folder, name)).href)

/** What a process prints that believes to run on a processor that nobody builds for. */
async function onStrangeMachine(code: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--no-warnings', '--input-type=module', '--eval', code],
    { env: { ...process.env, npm_config_arch: 'abacus' } },
  )
  return JSON.parse(stdout)
}

describe('the engine of router scripts', () => {
  it('is isolated-vm where that has a build', () => {
    expect(findEngine().settings.name).toBe('isolated-vm')
    expect(describeEngine()).toEqual({ isFound: true, message: 'isolated-vm runs them.' })
  })

  it('is QuickJS where the config says so', () => {
    expect(findEngine('quickjs').settings.name).toBe('quickjs')
    expect(describeEngine('quickjs')).toEqual({ isFound: true, message: 'quickjs runs them.' })
  })

  it('is QuickJS where isolated-vm has no build, and says why', async () => {
    const seen = await onStrangeMachine(
      `import { describeEngine } from ${addressOf('find-engine.ts')}
      console.log(JSON.stringify([describeEngine(), describeEngine('isolated-vm')]))`,
    )

    const reason = expect.stringMatching(/No native build was found/)
    expect(seen).toEqual([
      { isFound: true, message: expect.stringMatching(/^quickjs runs them, because .*No native/) },
      { isFound: false, message: reason },
    ])
  })

  it('runs scripts where isolated-vm has no build, with a word to the operator', async () => {
    const seen = await onStrangeMachine(
      `import { createScriptEngine } from ${addressOf('engine.ts')}
      const warnings = []
      const engine = createScriptEngine({}, { warn: (text) => warnings.push(text) })
      const source = 'const route = () => "m"'
      const outcome = await engine.run({ tenant: 'tenant', source, args: {} })
      await engine.stop()
      console.log(JSON.stringify({ outcome, warnings }))`,
    )

    expect(seen).toMatchObject({
      outcome: { ok: true, value: 'm' },
      warnings: expect.arrayContaining([expect.stringMatching(/^Router scripts run on QuickJS/)]),
    })
  })
})
