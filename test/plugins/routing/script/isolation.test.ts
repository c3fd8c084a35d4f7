import { afterAll, describe, expect, it, vi } from 'vitest'

import {
  createScriptEngine,
  type ScriptOutcome,
} from '../../../../plugins/routing/script/engine.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

const engine = createScriptEngine({ queueWaitMs: 20_000, wallGraceMs: 10_000 })
afterAll(() => engine.stop())

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

describe('one call of a script', () => {
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

describe('a script of the operator', () => {
  const counting = 'let calls = 0; const route = ({ by }) => (calls += by)'

  it('keeps its variables between calls', async () => {
    for (const value of [2, 4, 6]) {
      const job = { tenant: 'anyone', source: counting, args: { by: 2 }, trusted: true }
      expect(await engine.run(job)).toMatchObject({ ok: true, value })
    }
  })

  it('shares them with no other script', async () => {
    const other = `${counting} // another`
    const job = { tenant: 'anyone', source: other, args: { by: 1 }, trusted: true }
    expect(await engine.run(job)).toMatchObject({ value: 1 })
  })

  it('keeps nothing when it is not trusted', async () => {
    for (const value of [2, 2]) {
      const job = { tenant: 'anyone', source: counting, args: { by: 2 } }
      expect(await engine.run(job)).toMatchObject({ ok: true, value })
    }
  })

  it('begins anew after it ran out of time', async () => {
    const source = 'let calls = 0; const route = ({ loop }) => { while (loop); return ++calls }'
    const call = (loop: boolean): Promise<ScriptOutcome> =>
      engine.run({ tenant: 'anyone', source, args: { loop }, trusted: true })

    expect(await call(false)).toMatchObject({ value: 1 })
    expect(await call(false)).toMatchObject({ value: 2 })
    expect(await call(true)).toMatchObject({ reason: 'timeout' })
    expect(await call(false)).toMatchObject({ value: 1 })
  })

  it('does not take the late answer of an earlier call for its own', async () => {
    const source = `
      let settleEarlier
      const route = ({ wait }) => {
        if (wait) return new Promise((resolve) => (settleEarlier = resolve))
        settleEarlier('earlier')
        return new Promise(() => {})
      }`
    const call = (wait: boolean): Promise<ScriptOutcome> =>
      engine.run({ tenant: 'anyone', source, args: { wait }, trusted: true })
    const load = `${source}\nconst first = route({ wait: true })`

    expect(
      await engine.run({ tenant: 'anyone', source: load, args: {}, trusted: true }),
    ).toMatchObject({
      reason: 'never_settled',
    })
    expect(await call(true)).toMatchObject({ reason: 'never_settled' })
  })

  it('serves many callers at once', async () => {
    const source = 'const route = ({ number }) => ({ number })'
    const numbers = [...Array(300).keys()]

    const outcomes = await Promise.all(
      numbers.map((number) =>
        engine.run({ tenant: 'one', source, args: { number }, trusted: true }),
      ),
    )

    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual(
      numbers.map((number) => ({ number })),
    )
  })
})
