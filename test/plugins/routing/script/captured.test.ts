import { join } from 'node:path'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import {
  createScriptEngine,
  type ScriptEngine,
  type ScriptLimits,
} from '../../../../plugins/routing/script/engine.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

const fixture = join(import.meta.dirname, '../../../fixtures/captured-sandbox.mjs')
const MEGABYTE = 2 ** 20

/** An engine whose sandboxes do what the fixture calls this. */
function startCaptured(manner: string, limits: Partial<ScriptLimits> = {}): ScriptEngine {
  const launch = { command: process.execPath, args: [fixture, manner] }
  const patient = { queueWaitMs: 20_000, ...limits }
  const engine = createScriptEngine(patient, {
    prepareLauncher: () => Promise.resolve(() => launch),
  })
  onTestFinished(() => engine.stop())
  return engine
}

const call = (engine: ScriptEngine, tenant = 'tenant'): ReturnType<ScriptEngine['run']> =>
  engine.run({ tenant, source: 'const route = () => 1', args: {} })

describe('a sandbox that was taken over', () => {
  it.each([
    'answers garbage',
    'answers for another job',
    'answers twice at once',
    'answers a reason of its own',
    'answers with no verdict',
    'writes a line of 100 MB',
    'writes without end',
    'closes its output',
    'exits',
  ])('and %s is ended, and the script counts as crashed', async (manner) => {
    const engine = startCaptured(manner, { wallGraceMs: 1000 })
    const before = process.memoryUsage.rss()

    const outcomes = await Promise.all([call(engine, 'a'), call(engine, 'b'), call(engine, 'c')])

    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ ok: false, reason: expect.stringMatching(/crashed|timeout/) })
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * MEGABYTE)
    await engine.stop()
    expect(engine.children).toBe(0)
  })

  it('and says nothing is killed, whatever signals it ignores', async () => {
    const engine = startCaptured('says nothing and ignores signals', { wallGraceMs: 200 })

    expect(await call(engine)).toMatchObject({ ok: false, reason: 'timeout' })
    await engine.stop()
    expect(engine.children).toBe(0)
  })

  it('and floods its errors is not heard', async () => {
    const engine = startCaptured('floods its errors', { wallGraceMs: 10_000 })

    expect(await call(engine)).toMatchObject({ ok: true, value: 'sound' })
  })

  it('and answers once more later answers no other job by that', async () => {
    const engine = startCaptured('answers once more later', { wallGraceMs: 10_000 })

    for (let number = 0; number < 20; number++) {
      expect(await call(engine, `tenant ${number}`)).not.toMatchObject({ value: 'stale' })
    }
  })
})

describe('a sandbox that does not start', () => {
  it('makes scripts unavailable, and is not tried again at once', async () => {
    const engine = startCaptured('exits at the start')

    expect(await call(engine)).toMatchObject({ reason: 'unavailable' })
    expect(await call(engine)).toMatchObject({
      reason: 'unavailable',
      retryAfterMs: expect.any(Number),
    })
    await vi.waitFor(() => expect(engine.children).toBe(0), { timeout: 60_000 })
  })

  it('is given up after a while', async () => {
    const engine = startCaptured('never gets ready', { startMs: 300 })

    expect(await call(engine)).toMatchObject({ reason: 'unavailable' })
  })

  it('because its command is missing makes scripts unavailable', async () => {
    const launch = { command: '/nowhere/node', args: [] }
    const engine = createScriptEngine({}, { prepareLauncher: () => Promise.resolve(() => launch) })
    onTestFinished(() => engine.stop())

    expect(await call(engine)).toMatchObject({ reason: 'unavailable' })
  })

  it('because isolated-vm is missing makes scripts unavailable', async () => {
    const missing = (): Promise<never> => Promise.reject(new Error('Cannot find isolated-vm.'))
    const engine = createScriptEngine({}, { prepareLauncher: missing })

    expect(await call(engine)).toMatchObject({ reason: 'engine_unavailable' })
    await engine.stop()
  })
})

describe('a script on a busy machine', () => {
  it('gets more time when it had no processor for the time it got', async () => {
    const engine = startCaptured('had no time on a processor', { wallGraceMs: 10_000 })

    expect(await call(engine)).toMatchObject({ ok: true, value: 100 })
  })
})
