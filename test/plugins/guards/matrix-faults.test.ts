import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { defineGuard, type Guard, type PluginEntry } from '#core'

import { hang, status } from '../../helpers/upstream.ts'
import {
  CELLS,
  dirty,
  hiding,
  leftOf,
  nameOf,
  send,
  wasBlocked,
  type Cell,
  type Sent,
} from './matrix-cells.ts'
import { KINDS, SECRET, type DeclareOptions } from './matrix-kinds.ts'

type Fault = 'crash' | 'late crash' | 'time-out'

const FAULT_OUTCOMES = { crash: 'failed', 'late crash': 'failed', 'time-out': 'timed_out' } as const
const TIMEOUT_MS = 20

/** What blocks leaves nothing, and what only observes leaves everything. */
const expectLeft = {
  validate(cell: Cell, sent: Sent, secret: string): void {
    for (const text of [leftOf(cell, sent), sent.answer.text, sent.kept]) {
      expect(text).not.toContain(secret)
    }
  },
  observe(cell: Cell, sent: Sent, secret: string): void {
    const asItWas = JSON.stringify(dirty(secret)).slice(1, -1)
    expect(leftOf(cell, sent)).toContain(asItWas)
  },
}

const cells = CELLS.map((cell) => [nameOf(cell), cell] as const)

describe.each(KINDS)('$name', ({ declare, secret = SECRET, environment, service }) => {
  describe.each(cells)('%s', (_name, cell) => {
    const { stage } = cell
    const texts = hiding(cell, secret)

    it.each(['crash', 'time-out'] as const)(
      '%s blocks, and lets pass where it only observes',
      async (how) => {
        for (const action of ['validate', 'observe'] as const) {
          const timeoutMs = how === 'time-out' ? TIMEOUT_MS : 10_000
          const options: DeclareOptions = { action, stage, timeoutMs }
          const sent = await send(cell, {
            guard: (address) =>
              service ? declare(options, address) : broken(declare(options, address), how),
            texts,
            service: how === 'crash' ? ({ bytes }) => status(500, {}, String(bytes)) : () => hang(),
            environment,
          })
          const { answer, traces, record, logs } = sent
          expect(wasBlocked(answer)).toBe(action === 'validate')
          expect(traces).not.toContain(secret)
          expect(record?.guards?.[0]).toMatchObject({ action, outcome: FAULT_OUTCOMES[how] })
          expect(logs).toContain('A guard failed.')
          expectLeft[action](cell, sent, secret)
        }
      },
    )
  })
})

/** Faults that tell of what was read. */
const FAULTS: Readonly<Record<Fault, Guard['check']>> = {
  crash(content) {
    throw new Error(`I can not read ${JSON.stringify(content)}`)
  },
  'late crash': (content) => Promise.reject(new Error(`I can not read ${JSON.stringify(content)}`)),
  'time-out': (_content, { signal }) => sleep(60_000, undefined, { signal }),
}

/** The same guard, which can not do its work. */
function broken({ plugin, options }: PluginEntry, how: Fault): PluginEntry {
  const setup: typeof plugin.setup = (host) => {
    const given = plugin.setup(host)
    return { ...given, guards: given.guards?.map((one) => ({ ...one, check: FAULTS[how] })) ?? [] }
  }
  return { plugin: { ...plugin, setup }, options }
}

/** A guard of no kind in particular: it may do anything, and holds eight characters back. */
const faulty = defineGuard({
  type: 'faulty',
  title: 'Faulty',
  summary: 'For tests.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['how'],
    properties: { how: { enum: Object.keys(FAULTS) } },
  },
  actions: ['validate', 'redact', 'rewrite', 'observe'],
  create: ({ how }) => ({
    holdback: 8,
    check: (content, context) =>
      FAULTS[how as Fault](content, { ...context, signal: context.signal, parameters: {} }),
  }),
})

describe.each(cells)('a guard that fails, %s', (_name, cell) => {
  const { stage } = cell
  const texts = hiding(cell, SECRET)
  const how = ['crash', 'late crash', 'time-out'] as const

  it.each(how)('by a %s blocks', async (fault) => {
    for (const action of ['validate', 'redact', 'rewrite'] as const) {
      const guard = (): PluginEntry => faulty({ how: fault, action, stage, timeoutMs: TIMEOUT_MS })
      const { answer, told, sent, traces, record, logs } = await send(cell, { guard, texts })
      expect(wasBlocked(answer)).toBe(true)
      const left = stage === 'input' ? sent : told
      for (const text of [left, traces]) expect(text).not.toContain(SECRET)
      expect(record).toMatchObject({
        status: 'blocked',
        guards: [{ id: 'faulty', action, outcome: FAULT_OUTCOMES[fault], passed: false }],
      })
      expect(logs).toContain('A guard failed.')
    }
  })

  it.each(how)('by a %s lets pass where it is told to, or only observes', async (fault) => {
    const lenient = { onError: 'allow' } as const
    const observing = { action: 'observe' } as const
    for (const more of [lenient, observing]) {
      const guard = (): PluginEntry => faulty({ how: fault, stage, timeoutMs: TIMEOUT_MS, ...more })
      const { answer, traces, record } = await send(cell, { guard, texts })
      expect(answer.status).toBe(200)
      expect(wasBlocked(answer)).toBe(false)
      expect(traces).not.toContain(SECRET)
      expect(record?.guards?.[0]).toMatchObject({ id: 'faulty', outcome: FAULT_OUTCOMES[fault] })
    }
  })
})
