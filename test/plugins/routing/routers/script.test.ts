import { expect, it } from 'vitest'

import type { Exchange, ModelDirectory } from '#core'

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
    scriptModels: () => [],
    refusedField: () => undefined,
  })
  const plan = type.plan({ fields: { script: 'x' }, path: 'router', branches: [] })
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

it('a script that is banned is told for how long', async () => {
  const outcome = { ok: false, reason: 'banned', message: 'No.', retryAfterMs: 60_000 } as const
  expect(await chooseWith(outcome)).toMatchObject({
    code: 'router_script_error',
    status: 400,
    retryAfterMs: 60_000,
  })
})
