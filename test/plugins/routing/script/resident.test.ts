import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import {
  createScriptEngine,
  type ScriptEngine,
  type ScriptLimits,
  type ScriptOutcome,
} from '../../../../plugins/routing/script/engine.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

const patient: Partial<ScriptLimits> = { queueWaitMs: 20_000, wallGraceMs: 10_000 }
const NOTHING = '{"models":[],"metrics":{}}'

interface Resident {
  readonly run: (args?: object, seed?: string) => Promise<ScriptOutcome>
  readonly stop: () => Promise<void>
}

/** Numbers from 0 on. */
const count = (length: number): number[] => [...Array(length).keys()]

const valuesOf = (outcomes: readonly ScriptOutcome[]): unknown[] =>
  outcomes.map((outcome) => (outcome.ok ? outcome.value : outcome.reason))

describe.each(['isolated-vm', 'quickjs'] as const)('on %s', (name) => {
  const shared = createScriptEngine(patient, { engine: name })
  afterAll(() => shared.stop())

  async function reside(
    source: string,
    kept: () => string = () => NOTHING,
    engine: ScriptEngine = shared,
  ): Promise<Resident> {
    const resident = await engine.reside(source, kept)
    if ('ok' in resident) throw new Error(resident.message)
    onTestFinished(() => resident.stop())
    return {
      run: (args = {}, seed = 'seed') => resident.run({ args, seed }),
      stop: () => resident.stop(),
    }
  }

  describe('a script of the operator', () => {
    it('keeps its variables between calls, and shares them with no other script', async () => {
      const source =
        'let calls = 0; globalThis.calls ??= 0; const route = ({ by }) => (calls += by)'
      const [one, other] = await Promise.all([reside(source), reside(`${source} // another`)])

      for (const value of [2, 4, 6]) expect(await one.run({ by: 2 })).toMatchObject({ value })
      expect(await other.run({ by: 1 })).toMatchObject({ ok: true, value: 1 })
    })

    it('answers many callers at once, each its own', async () => {
      const { run } = await reside(
        'const route = async ({ number }) => { if (number % 2) await 0; return { number } }',
      )

      const outcomes = await Promise.all(count(500).map((number) => run({ number })))

      expect(valuesOf(outcomes)).toEqual(count(500).map((number) => ({ number })))
    })

    it('is told of models and metrics when they change', async () => {
      let kept = '{"models":["a","b"],"metrics":{"n":1}}'
      const { run } = await reside(
        'const route = ({ models, metrics }) => models.reverse().join() + metrics.n',
        () => kept,
      )

      // What one call does to its list is not seen by the next.
      expect(valuesOf([await run(), await run()])).toEqual(['b,a1', 'b,a1'])
      kept = '{"models":["c"],"metrics":{"n":2}}'
      expect(await run()).toMatchObject({ value: 'c2' })
      expect(await run({ metrics: { n: 3 } })).toMatchObject({ value: 'c3' })
    })

    it('draws numbers by the seed of each call', async () => {
      const { run } = await reside('const route = ({ random }) => [random()(), random()()]')

      const [one, two, other] = valuesOf(
        await Promise.all([run({}, 'a'), run({}, 'a'), run({}, 'b')]),
      )

      expect(one).toEqual(two)
      expect(one).not.toEqual(other)
    })
  })

  describe("when a call of the operator's script goes wrong", () => {
    const source = `
    const route = async ({ wrong, number }) => {
      if (wrong === 'throws') throw new Error('no idea')
      if (wrong === 'loops') for (;;);
      if (wrong === 'is stuck') [].indexOf.call({ length: 2 ** 53 - 1 }, 1)
      if (wrong === 'never settles') return new Promise(() => {})
      if (wrong === 'drops a rejection') Promise.reject(1)
      if (wrong === 'returns nothing') return undefined
      if (wrong === 'eats memory') for (const all = []; ; ) all.push({ all: [1, 2, 3] })
      return number
    }`

    it.each([
      ['throws', 'threw'],
      ['loops', 'timeout'],
      ['is stuck', 'timeout'],
      ['never settles', 'never_settled'],
      ['drops a rejection', 'threw'],
      ['returns nothing', 'bad_result'],
      ['eats memory', expect.stringMatching(/memory|crashed|timeout/)],
    ])('and it %s, the calls beside it and after it are answered', async (wrong, reason) => {
      const { run } = await reside(source)
      const calls = count(40).map((number) => run(number === 20 ? { wrong } : { number }))

      const outcomes = await Promise.all(calls)

      expect(outcomes[20]).toMatchObject({ ok: false, reason })
      expect(valuesOf(outcomes.toSpliced(20, 1))).toEqual(count(40).toSpliced(20, 1))
      expect(await run({ number: 7 })).toMatchObject({ value: 7 })
    })

    it('its author is told where', async () => {
      const { run } = await reside('\nconst route = () => {\n  nobody()\n}')

      expect(await run()).toMatchObject({ reason: 'threw', line: 3, column: 3 })
    })

    it('nobody waits for longer than the queue says', async () => {
      const engine = createScriptEngine(
        { timeoutMs: 3000, queueWaitMs: 50, wallGraceMs: 10_000 },
        { engine: name },
      )
      onTestFinished(() => engine.stop())
      const { run } = await reside(source, undefined, engine)
      const stuck = [run({ wrong: 'loops' })]
      // Another lies in the pipe already.
      await new Promise((resolve) => setImmediate(resolve))
      stuck.push(run({ number: 1 }))
      await new Promise((resolve) => setImmediate(resolve))

      expect(await run({ number: 2 })).toMatchObject({ reason: 'busy', retryAfterMs: 50 })
      expect(await stuck[0]).toMatchObject({ reason: 'timeout' })
      await stuck[1]
    })

    it('arguments that are too long are refused', async () => {
      const { run } = await reside(source)

      expect(await run({ text: 'x'.repeat(2 ** 21) })).toMatchObject({
        reason: 'arguments_too_large',
      })
    })

    it('because its gateway stops, that is said', async () => {
      const { run, stop } = await reside(source)
      const running = run({ wrong: 'loops' })
      await stop()

      expect(await running).toMatchObject({ reason: 'unavailable' })
      expect(await run({ number: 1 })).toMatchObject({ reason: 'unavailable' })
    })
  })

  describe('a script of the operator that can not be loaded', () => {
    it.each([
      ['throws', '\nnobody()', { reason: 'threw', line: 2, column: 1 }],
      ['has no route', 'const rout = 1', { reason: 'bad_result' }],
      ['loops', 'for (;;);', { reason: 'timeout' }],
    ])('because it %s is told so', async (_what, source, fault) => {
      expect(await shared.reside(source, () => NOTHING)).toMatchObject({ ok: false, ...fault })
    })
  })
})

it('a script of the operator without an engine is told so', async () => {
  const missing = (): Promise<never> => Promise.reject(new Error('Cannot find isolated-vm.'))
  const engine = createScriptEngine({}, { prepareLauncher: missing })

  expect(await engine.reside('const route = () => 1', () => NOTHING)).toMatchObject({
    reason: 'engine_unavailable',
  })
  await engine.stop()
})
