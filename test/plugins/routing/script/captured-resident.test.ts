import { join } from 'node:path'

import { describe, expect, it, onTestFinished, vi } from 'vitest'

import {
  createScriptEngine,
  type ScriptEngine,
  type ScriptLimits,
} from '../../../../plugins/routing/script/engine.ts'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

const fixture = join(import.meta.dirname, '../../../fixtures/captured-resident.mjs')
const MEGABYTE = 2 ** 20
const NOTHING = (): string => '{"models":[],"metrics":{}}'

/** An engine whose sandboxes do what the fixture calls this. */
function startCaptured(manner: string, limits: Partial<ScriptLimits> = {}): ScriptEngine {
  const launch = { command: process.execPath, args: [fixture, manner] }
  const engine = createScriptEngine(
    { queueWaitMs: 60_000, wallGraceMs: 500, ...limits },
    { prepareLauncher: () => Promise.resolve(() => launch) },
  )
  onTestFinished(() => engine.stop())
  return engine
}

describe("the sandbox of an operator's script that was taken over", () => {
  it.each([
    'answers garbage',
    'answers for one too many',
    'answers with no verdicts',
    'answers a reason of its own',
    'writes a line without end',
    'exits',
    'says nothing and ignores signals',
  ])('and %s is ended, and its calls count as failed', async (manner) => {
    const engine = startCaptured(manner)
    const resident = await engine.reside('const route = () => 1', NOTHING)
    if ('ok' in resident) throw new Error(resident.message)
    const before = process.memoryUsage.rss()

    const outcomes = await Promise.all(
      ['a', 'b', 'c'].map((seed) => resident.run({ args: {}, seed })),
    )

    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ ok: false, reason: expect.stringMatching(/crashed|timeout/) })
    }
    expect(process.memoryUsage.rss() - before).toBeLessThan(60 * MEGABYTE)
  })

  it.each(['greets with garbage', 'never gets ready'])(
    'and %s makes its script unavailable',
    async (manner) => {
      const engine = startCaptured(manner, { startMs: 1000 })
      const resident = await engine.reside('const route = () => 1', NOTHING)
      if ('ok' in resident) throw new Error(resident.message)

      expect(await resident.run({ args: {}, seed: '' })).toMatchObject({ reason: 'unavailable' })
    },
  )
})
