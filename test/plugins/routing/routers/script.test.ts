import { expect, it } from 'vitest'

import { createLiveMetrics, type Exchange, type ModelDirectory } from '#core'

import { createLogger } from '../../../../core/logger.ts'
import type { CheckedRouter } from '../../../../plugins/routing/routers/router-type.ts'
import { createScriptFacts } from '../../../../plugins/routing/routers/script-facts.ts'
import { createScriptRouters } from '../../../../plugins/routing/routers/script-routers.ts'
import { createScript, type ScriptRunner } from '../../../../plugins/routing/routers/script.ts'

type Outcome = Awaited<ReturnType<ScriptRunner['run']>>

async function chooseWith(outcome: Outcome): Promise<unknown> {
  const notes: unknown[] = []
  const exchange = {
    request: { model: 'any', messages: [] },
    headers: {},
    caller: { projectId: 'p1' },
    explain: { add: (...note: unknown[]) => notes.push(note) },
  } as unknown as Exchange
  const type = createScript({
    engine: { run: () => Promise.resolve(outcome) },
    models: {} as ModelDirectory,
    facts: createScriptFacts(
      () => [],
      { snapshot: () => ({}) },
      (snapshot) => snapshot,
    ),
    scripts: { find: () => ({ source: 'x', run: () => Promise.resolve(outcome) }) },
    refusedField: () => undefined,
  })
  const router = { fields: { script: 'x' }, path: 'router', branches: [], projectId: 'p1' }
  const plan = type.plan(router as unknown as CheckedRouter)
  return plan(exchange).catch((error: unknown) => error)
}

it.each(['busy', 'unavailable'])(
  'a gateway that is %s is no fault of the script',
  async (reason) => {
    const outcome = { ok: false, reason, message: 'Later.', retryAfterMs: 250 } as const
    expect(await chooseWith(outcome)).toMatchObject({
      code: 'overloaded',
      status: 503,
      retryAfterMs: 250,
      details: { reason },
    })
  },
)

it('a machine without a sandbox is told apart from both', async () => {
  const outcome = { ok: false, reason: 'engine_unavailable', message: 'No isolated-vm.' } as const
  expect(await chooseWith(outcome)).toMatchObject({
    code: 'router_script_error',
    param: 'router.script',
    details: { reason: 'engine_unavailable' },
  })
})

it('a script that is banned is told for how long', async () => {
  const outcome = { ok: false, reason: 'banned', message: 'No.', retryAfterMs: 60_000 } as const
  expect(await chooseWith(outcome)).toMatchObject({
    code: 'router_script_error',
    status: 400,
    retryAfterMs: 60_000,
  })
})

it('a machine without a sandbox is found by "tapgate doctor"', async () => {
  const missing = { ok: false, reason: 'engine_unavailable', message: 'No.' } as const
  const { check } = createScriptRouters({
    engine: {
      run: () => Promise.resolve(missing),
      reside: () => Promise.resolve(missing),
      stop: () => Promise.resolve(),
    },
    describeEngine: () => ({ isFound: false, message: 'No engine was found.' }),
    files: undefined,
    configFolder: '.',
    sourceBytes: 1000,
    models: {} as ModelDirectory,
    metrics: createLiveMetrics(),
    log: createLogger('silent'),
    refusedField: () => undefined,
  })

  expect(await check.run()).toMatchObject({
    status: 'warning',
    message: 'Router scripts can not run: No engine was found.',
  })
})
