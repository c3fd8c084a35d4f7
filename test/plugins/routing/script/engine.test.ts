import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import {
  createScriptEngine,
  type ScriptEngine,
  type ScriptLimits,
} from '../../../../plugins/routing/script/engine.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

/** Patient: the tests share their machine. */
const patient: Partial<ScriptLimits> = { queueWaitMs: 20_000, wallGraceMs: 10_000 }

/** Takes more time than it is given, and cannot be interrupted. */
const uninterruptible =
  'const route = () => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'

const shared = createScriptEngine(patient)
afterAll(() => shared.stop())

function startEngine(limits: Partial<ScriptLimits> = {}): ScriptEngine {
  const engine = createScriptEngine({ ...patient, ...limits })
  onTestFinished(() => engine.stop())
  return engine
}

const run = (source: string, args: object = {}): ReturnType<ScriptEngine['run']> =>
  shared.run({ tenant: 'tenant', source, args })

describe('a router script', () => {
  it('gives what its route returns, and what that took', async () => {
    const outcome = await run('const route = ({ models }) => ({ model: models[1] })', {
      models: ['a', 'b'],
    })

    expect(outcome).toEqual({ ok: true, value: { model: 'b' }, micros: expect.any(Number) })
  })

  it.each([
    ['a function', 'function route() { return "m" }', 'm'],
    [
      'asynchronous',
      'const route = async () => { await null; return { model: "m" } }',
      { model: 'm' },
    ],
    ['a list', 'const route = () => ["a", "b"]', ['a', 'b']],
    ['null', 'const route = () => null', null],
    ['in strict mode', '"use strict"; var route = () => 1', 1],
    ['before a comment left open', 'const route = () => 1 //', 1],
    ['written in another script', 'const route = () => "模型 🤖"', '模型 🤖'],
  ])('may be %s', async (_what, source, value) => {
    expect(await run(source)).toMatchObject({ ok: true, value })
  })

  it('draws the same numbers from the same seed', async () => {
    const source = `const route = ({ random, seed }) => {
      const next = random(seed)
      return Array.from({ length: 1000 }, () => +next().toFixed(4))
    }`
    const draw = async (seed: unknown): Promise<number[]> => {
      const outcome = await run(source, { seed })
      return outcome.ok && Array.isArray(outcome.value) ? outcome.value : []
    }
    const numbers = await draw('seed')

    expect(numbers).toHaveLength(1000)
    expect(numbers).toEqual(await draw('seed'))
    expect(numbers).not.toEqual(await draw('seed 2'))
    expect(numbers.every((number) => number >= 0 && number <= 1)).toBe(true)
    const mean = numbers.reduce((sum, number) => sum + number) / numbers.length
    expect(mean).toBeCloseTo(0.5, 1)
  })

  it('goes on with the numbers of its call when it names no seed', async () => {
    const draw = (expression: string, seed: string): Promise<unknown> =>
      shared.run({
        tenant: 'tenant',
        source: `const route = ({ random }) => ${expression}`,
        args: {},
        seed,
      })
    const two = await draw('[random()(), random()()]', 'one')

    const same = await draw('((next) => [next(), next()])(random("one"))', 'two')

    expect(two).toMatchObject({ ok: true, value: Object(same).value })
    expect(await draw('random()() === random()()', 'one')).toMatchObject({ value: false })
    expect(await draw('random() >= 0 && random() < 1', 'one')).toMatchObject({ value: true })
    expect(await draw('random()()', 'one')).not.toEqual(await draw('random()()', 'two'))
  })

  it.each([
    [
      'does not parse',
      'const route = () => {\n  nul l.x\n}',
      { reason: 'syntax', line: 2, column: 7 },
    ],
    ['uses what it may not', '\nreturn 1', { reason: 'syntax', line: 2, column: 1 }],
    [
      'throws',
      'const route = () => {\n  return null.x\n}',
      { reason: 'threw', line: 2, column: 15 },
    ],
    [
      'throws later',
      'const route = async () => {\n  await 0\n  throw new Error("no")\n}',
      { reason: 'threw', line: 3, column: 9 },
    ],
    [
      'throws when it is loaded',
      'const a = 1\nmissing()\nconst route = 1',
      { reason: 'threw', line: 2, column: 1 },
    ],
    ['parses badly as it runs', 'JSON.parse("{")', { reason: 'threw', line: 1, column: 6 }],
  ])('that %s is told where', async (_what, source, failure) => {
    expect(await run(source)).toMatchObject({ ok: false, ...failure })
  })

  it.each([
    ['defines no route', 'const rout = () => 1', 'bad_result', /`route`/],
    ['returns nothing', 'const route = () => {}', 'bad_result', /undefined/],
    [
      'returns a cycle',
      'const route = () => { const a = {}; a.a = a; return a }',
      'bad_result',
      /circular/,
    ],
    ['returns too much', 'const route = () => "x".repeat(17000)', 'result_too_large', /16384/],
    [
      'returns too many bytes',
      'const route = () => "模".repeat(6000)',
      'result_too_large',
      /16384/,
    ],
    ['waits for nothing', 'const route = () => new Promise(() => {})', 'never_settled', /never/],
    [
      'drops a rejection',
      'const route = () => { Promise.reject(1); return 1 }',
      'threw',
      /rejected/,
    ],
    ['throws a text', 'const route = () => { throw "no" }', 'threw', /^no$/],
    ['loops', 'const route = () => { for (;;); }', 'timeout', /ms/],
    ['loops in microtasks', 'const route = async () => { for (;;) await 0 }', 'timeout', /ms/],
    ['makes code', 'const route = () => route.constructor("return 1")()', 'threw', /from strings/],
  ])('that %s is told so', async (_what, source, reason, message) => {
    expect(await run(source)).toMatchObject({
      ok: false,
      reason,
      message: expect.stringMatching(message),
    })
  })

  it('that needs too much memory is stopped', async () => {
    const engine = startEngine({ timeoutMs: 5000 })
    const source =
      'const kept = []; const route = () => { for (;;) kept.push({ more: [1, 2, 3] }) }'

    expect(await engine.run({ tenant: 'tenant', source, args: {} })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/memory|crashed/),
    })
  })

  it('is refused unseen when it, or its arguments, are too long', async () => {
    const engine = startEngine()
    const source = 'const route = () => 1'

    expect(
      await engine.run({ tenant: 'tenant', source: `${source}//${'x'.repeat(70_000)}`, args: {} }),
    ).toMatchObject({ reason: 'source_too_large' })
    expect(
      await engine.run({ tenant: 'tenant', source, args: { text: 'x'.repeat(2 ** 21) } }),
    ).toMatchObject({ reason: 'arguments_too_large' })
    expect(engine.children).toBe(0)
  })

  it('may have a megabyte of arguments', async () => {
    const args = { text: 'x'.repeat(1_000_000) }

    expect(await run('const route = ({ text }) => text.length', args)).toMatchObject({
      value: 1_000_000,
    })
  })
})

describe('the script engine', () => {
  it('starts nothing before the first script, and ends everything with the last', async () => {
    const engine = createScriptEngine(patient)
    expect(engine.children).toBe(0)
    await engine.run({ tenant: 'tenant', source: 'const route = () => 1', args: {} })
    expect(engine.children).toBe(1)

    await engine.stop()

    expect(engine.children).toBe(0)
    expect(
      await engine.run({ tenant: 'tenant', source: 'const route = () => 1', args: {} }),
    ).toMatchObject({ reason: 'unavailable' })
  })

  it('answers the scripts under way when it is stopped', async () => {
    const engine = createScriptEngine({ ...patient, timeoutMs: 10_000 })
    const source = 'const route = () => { for (;;); }'
    await engine.run({ tenant: 'tenant', source: 'const route = () => 1', args: {} })
    const running = engine.run({ tenant: 'tenant', source, args: {} })
    const waiting = engine.run({ tenant: 'tenant', source, args: {} })

    await engine.stop()

    expect(await running).toMatchObject({ reason: 'unavailable' })
    expect(await waiting).toMatchObject({ reason: 'unavailable' })
  })

  it('ends its processes when nobody has had a script for a while', async () => {
    const engine = startEngine({ idleMs: 10 })
    await engine.run({ tenant: 'tenant', source: 'const route = () => 1', args: {} })

    await vi.waitFor(() => expect(engine.children).toBe(0), { timeout: 60_000 })
    expect(
      await engine.run({ tenant: 'tenant', source: 'const route = () => 1', args: {} }),
    ).toMatchObject({ ok: true })
  })

  it('replaces a process after so many calls without losing one', async () => {
    const engine = startEngine({ recycleAfterJobs: 5, probationProcesses: 1 })
    const outcomes = []
    for (let call = 0; call < 40; call++) {
      outcomes.push(
        await engine.run({ tenant: 'tenant', source: `const route = () => ${call}`, args: {} }),
      )
    }

    expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual([...Array(40).keys()])
    await vi.waitFor(() => expect(engine.children).toBe(1), { timeout: 60_000 })
  })

  it('kills a script that cannot be interrupted, and bans it for a while', async () => {
    const engine = startEngine()
    const job = { tenant: 'tenant', source: uninterruptible, args: {} }

    expect(await engine.run(job)).toMatchObject({ ok: false, reason: 'timeout' })
    expect(await engine.run(job)).toMatchObject({
      reason: 'banned',
      retryAfterMs: expect.any(Number),
    })
    expect(await engine.run({ ...job, source: 'const route = () => 1' })).toMatchObject({
      ok: true,
    })
  })

  it('asks a script that did well before once more, before it bans it', async () => {
    const engine = startEngine()
    const source = `const route = ({ isBad }) => isBad && [].indexOf.call({ length: 2 ** 53 - 1 }, 1)`
    const call = (isBad: boolean): ReturnType<ScriptEngine['run']> =>
      engine.run({ tenant: 'tenant', source, args: { isBad } })

    expect(await call(false)).toMatchObject({ ok: true })
    expect(await call(true)).toMatchObject({ reason: 'timeout' })
    expect(await call(false)).toMatchObject({ reason: 'banned' })
  })

  it('bans a tenant that kills one sandbox after the other, and serves the others', async () => {
    const engine = startEngine()
    for (const number of [1, 2, 3]) {
      await engine.run({ tenant: 'bad', source: `${uninterruptible} // ${number}`, args: {} })
    }
    const source = 'const route = () => 1'

    expect(await engine.run({ tenant: 'bad', source, args: {} })).toMatchObject({
      reason: 'banned',
    })
    expect(await engine.run({ tenant: 'good', source, args: {} })).toMatchObject({ ok: true })
  })

  it('lets known scripts pass while unknown ones are stuck', async () => {
    const engine = startEngine({ timeoutMs: 2000 })
    const known = { tenant: 'good', source: 'const route = () => 1', args: {} }
    // The first success proves the script, the second call starts the sandbox of the proven.
    await engine.run(known)
    await engine.run(known)
    let isStuck = true
    const stuck = engine
      .run({ tenant: 'bad', source: 'const route = () => { for (;;); }', args: {} })
      .then(() => (isStuck = false))

    expect(await engine.run(known)).toMatchObject({ ok: true })
    expect(isStuck).toBe(true)
    await stuck
  })

  it('refuses what would wait in too long a queue', async () => {
    const engine = startEngine({ probationQueuePerTenant: 2 })
    const call = (tenant: string): ReturnType<ScriptEngine['run']> =>
      engine.run({ tenant, source: 'const route = () => 1', args: {} })

    const outcomes = await Promise.all([call('a'), call('a'), call('a'), call('b')])

    expect(outcomes.map((outcome) => outcome.ok || outcome.reason)).toEqual([
      true,
      true,
      'busy',
      true,
    ])
  })

  it('refuses what has waited too long', async () => {
    const engine = startEngine({ timeoutMs: 2000, queueWaitMs: 50 })
    await engine.run({ tenant: 'good', source: 'const route = () => 0', args: {} })
    const stuck = engine.run({
      tenant: 'bad',
      source: 'const route = () => { for (;;); }',
      args: {},
    })

    expect(
      await engine.run({ tenant: 'good', source: 'const route = () => 1', args: {} }),
    ).toMatchObject({ reason: 'busy', retryAfterMs: 50 })
    await stuck
  })

  it('gives up on a script when its signal says so', async () => {
    const engine = startEngine({ timeoutMs: 2000 })
    const leaving = new AbortController()
    const source = 'const route = () => { for (;;); }'
    await engine.run({ tenant: 'tenant', source: 'const route = () => 1', args: {} })
    const running = engine.run({ tenant: 'tenant', source, args: {}, signal: leaving.signal })
    const waiting = engine.run({ tenant: 'tenant', source, args: {}, signal: leaving.signal })

    leaving.abort(new Error('The caller has left.'))

    await expect(running).rejects.toThrow('The caller has left.')
    await expect(waiting).rejects.toThrow('The caller has left.')
    await expect(
      engine.run({ tenant: 'tenant', source, args: {}, signal: leaving.signal }),
    ).rejects.toThrow('The caller has left.')
  })
})
