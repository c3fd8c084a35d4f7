import { afterAll, describe, expect, it, vi } from 'vitest'

import {
  createScriptEngine,
  type ScriptOutcome,
} from '../../../../plugins/routing/script/engine.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

const leavingTraces = `
  globalThis.stash = 'SECRET'
  Array.prototype.filter = () => ['SECRET']
  Object.prototype.polluted = 'SECRET'
  JSON.stringify = () => '"SECRET"'
  Promise.prototype.then = () => 'SECRET'
  Symbol.for('stash').constructor.stash = 'SECRET'
  const leftOver = 'SECRET'
  const route = async ({ secret }) => { globalThis.stash = secret; return 'stored' }
`
const lookingForTraces = `
  const leftOver = 'nothing'
  const route = async () => [
    typeof stash,
    [1, 2, 3].filter((number) => number > 1).length,
    typeof {}.polluted,
    JSON.stringify('clean'),
    typeof (await Promise.resolve({})),
    typeof Symbol.stash,
    leftOver,
  ]
`
const clean = ['undefined', 2, 'undefined', '"clean"', 'object', 'undefined', 'nothing']

describe.each(['isolated-vm', 'quickjs'] as const)('one call of a script on %s', (name) => {
  const engine = createScriptEngine({ queueWaitMs: 20_000, wallGraceMs: 10_000 }, { engine: name })
  afterAll(() => engine.stop())

  it('leaves nothing for the next, of whichever tenant', async () => {
    const seen: (ScriptOutcome | undefined)[] = []
    for (let pair = 0; pair < 100; pair++) {
      await engine.run({ tenant: 'a', source: leavingTraces, args: { secret: 'SECRET' } })
      seen.push(await engine.run({ tenant: 'b', source: lookingForTraces, args: {} }))
    }

    expect(seen.filter((outcome) => outcome?.ok)).toHaveLength(100)
    for (const outcome of seen) expect(outcome).toMatchObject({ value: clean })
  })

  it('cannot see the arguments of a call that runs beside it', async () => {
    const echo = 'const route = async ({ secret }) => { await 0; return secret }'
    const secrets = Array.from({ length: 100 }, (_, index) => `secret ${index}`)

    const outcomes = await Promise.all(
      secrets.map((secret) => engine.run({ tenant: secret, source: echo, args: { secret } })),
    )

    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual(secrets)
  })
})
