import { existsSync } from 'node:fs'

import fc from 'fast-check'
import { afterAll, describe, expect, it, vi } from 'vitest'

import {
  createScriptEngine,
  type ScriptOutcome,
} from '../../../../plugins/routing/script/engine.ts'
import { mutant } from '../../../faults/sandbox/mutant.ts'
import { args, corpus, type HostileScript } from '../../../fixtures/hostile-scripts.mjs'

// The tests share their machine with others, and a busy one takes its time.
vi.setConfig({ testTimeout: 120_000 })

const SANDBOXES = 2
const wellBehaved = {
  tenant: 'neighbour',
  source: 'const route = ({ models }) => ({ model: models[0].id })',
  args,
}

function expectOutcome(outcome: ScriptOutcome): void {
  const text = outcome.ok ? JSON.stringify(outcome.value) : outcome.message
  expect(text.length).toBeLessThanOrEqual(outcome.ok ? 16_384 : 500)
  expect(['busy', 'unavailable']).not.toContain(outcome.ok || outcome.reason)
}

function expectNoEscape({ name, expect: expected, forbid }: HostileScript, outcome: ScriptOutcome) {
  const model = outcome.ok ? Object(outcome.value).model : undefined
  expect({ name, model }).toEqual({ name, model: expected ?? model })
  const isForbidden = forbid?.test(JSON.stringify(model) ?? '') ?? false
  expect({ name, isForbidden }).toEqual({ name, isForbidden: false })
}

/** Runs one after the other, as often at the same time as there are sandboxes. */
async function forEach<Item>(items: readonly Item[], visit: (item: Item) => Promise<void>) {
  const left = items.values()
  const worker = async (): Promise<void> => {
    for (const item of left) await visit(item)
  }
  await Promise.all(Array.from({ length: SANDBOXES }, worker))
}

describe.each(['isolated-vm', 'quickjs'] as const)('hostile scripts on %s', (name) => {
  const engine = createScriptEngine(
    {
      probationProcesses: SANDBOXES,
      provenProcesses: 1,
      // The machine may be busy with other tests; how long things may take is not what is tested here.
      queueWaitMs: 30_000,
      wallGraceMs: 5000,
    },
    { engine: name },
  )
  afterAll(() => engine.stop())

  it('are all answered, and harm nobody', async () => {
    let slowestMs = 0
    const neighbour: ScriptOutcome[] = []
    let isOver = false
    const neighbourhood = (async () => {
      while (!isOver) neighbour.push(await engine.run(wellBehaved))
    })()

    await forEach(corpus, async (script) => {
      const startedAt = performance.now()
      const outcome = await engine.run({ tenant: script.name, source: script.script, args })
      slowestMs = Math.max(slowestMs, performance.now() - startedAt)
      expectOutcome(outcome)
      expectNoEscape(script, outcome)
    })
    isOver = true
    await neighbourhood

    expect(neighbour.length).toBeGreaterThan(20)
    expect(neighbour.filter((outcome) => !outcome.ok)).toEqual([])
    expect(slowestMs).toBeLessThan(10_000)
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(existsSync('/tmp/tapgate-pwned')).toBe(false)
    await vi.waitFor(() => expect(engine.children).toBeLessThanOrEqual(SANDBOXES + 1), {
      timeout: 60_000,
    })
    expect(await engine.run(wellBehaved)).toMatchObject({ ok: true, value: { model: 'm1' } })
  })

  it('made up at random are all answered', async () => {
    let number = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(mutant(), { minLength: SANDBOXES, maxLength: SANDBOXES }),
        (sources) =>
          forEach(sources, async (source) => {
            const tenant = `mutant ${number++}`
            expectOutcome(await engine.run({ tenant, source, args }))
          }),
      ),
      { numRuns: 100, endOnFailure: true },
    )

    expect(await engine.run(wellBehaved)).toMatchObject({ ok: true, value: { model: 'm1' } })
  })
})
