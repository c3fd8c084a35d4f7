import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { createScriptEngine, type ScriptEngine } from '../../../../plugins/routing/script/engine.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

/** Patient: the tests share their machine. */
const patient = { queueWaitMs: 20_000, wallGraceMs: 10_000 }

describe.each(['isolated-vm', 'quickjs'] as const)('a router script on %s', (engine) => {
  const shared = createScriptEngine(patient, { engine })
  afterAll(() => shared.stop())

  const run = (source: string, args: object = {}): ReturnType<ScriptEngine['run']> =>
    shared.run({ tenant: 'tenant', source, args })

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
    [
      'late to handle a rejection',
      `const route = () => {
        const rejected = Promise.reject(1)
        Promise.resolve().then(() => rejected.catch(() => {}))
        return 1
      }`,
      1,
    ],
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
    ['throws', 'const route = () => {\n  nobody()\n}', { reason: 'threw', line: 2, column: 3 }],
    [
      'throws later',
      'const route = async () => {\n  await 0\n  throw new Error("no")\n}',
      { reason: 'threw', line: 3, column: expect.any(Number) },
    ],
    [
      'throws when it is loaded',
      'const a = 1\nmissing()\nconst route = 1',
      { reason: 'threw', line: 2, column: 1 },
    ],
    ['parses badly as it runs', 'JSON.parse("{")', { reason: 'threw', line: 1 }],
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
    [
      'drops a rejection of nothing',
      'const route = () => { Promise.reject(); return 1 }',
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
    const slow = createScriptEngine({ ...patient, timeoutMs: 5000 }, { engine })
    onTestFinished(() => slow.stop())
    const source =
      'const kept = []; const route = () => { for (;;) kept.push({ more: [1, 2, 3] }) }'

    expect(await slow.run({ tenant: 'tenant', source, args: {} })).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/memory|crashed/),
    })
  })

  it('is refused unseen when it, or its arguments, are too long', async () => {
    const fresh = createScriptEngine(patient, { engine })
    const source = 'const route = () => 1'

    expect(
      await fresh.run({ tenant: 'tenant', source: `${source}//${'x'.repeat(70_000)}`, args: {} }),
    ).toMatchObject({ reason: 'source_too_large' })
    expect(
      await fresh.run({ tenant: 'tenant', source, args: { text: 'x'.repeat(2 ** 21) } }),
    ).toMatchObject({ reason: 'arguments_too_large' })
    expect(fresh.children).toBe(0)
  })

  it('may have a megabyte of arguments', async () => {
    const args = { text: 'x'.repeat(1_000_000) }

    expect(await run('const route = ({ text }) => text.length', args)).toMatchObject({
      value: 1_000_000,
    })
  })
})
