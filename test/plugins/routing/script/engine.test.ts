import { describe, expect, it, onTestFinished, vi } from 'vitest'

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

function startEngine(limits: Partial<ScriptLimits> = {}): ScriptEngine {
  const engine = createScriptEngine({ ...patient, ...limits })
  onTestFinished(() => engine.stop())
  return engine
}

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
