import { readdirSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import type { GuardKind } from '#core'

import { json, type Handler } from '../../helpers/upstream.ts'
import {
  CELLS,
  CLEAN,
  dirty,
  hiding,
  leftOf,
  nameOf,
  send,
  wasBlocked,
  type Cell,
  type Sent,
} from './matrix-cells.ts'
import { KINDS, SECRET, type Case, type DeclareOptions, type KindCase } from './matrix-kinds.ts'

const OUTCOMES = {
  pass: 'passed',
  block: 'blocked',
  redact: 'redacted',
  observe: 'observed',
} as const

/** What must be true of a text that holds the secret, by what the guard did. */
const EXPECTED: Readonly<Record<Case, (cell: Cell, sent: Sent, kind: KindCase) => void>> = {
  pass: (_cell, { answer }) => expect(answer.status).toBe(200),
  block(cell, sent, kind) {
    expectHidden(cell, sent, kind)
    expect(sent.sent === '').toBe(cell.stage === 'input')
    expect(sent.record).toMatchObject({ status: 'blocked', errorCode: 'guardrail_blocked' })
  },
  redact(cell, sent, kind) {
    expectHidden(cell, sent, kind)
    const { mask = '' } = kind
    const left = leftOf(cell, sent)
    expect(left).toMatch(/a quiet afternoon in \S+ it was/)
    expect(left).toContain(mask)
  },
  observe: (cell, sent, { secret = SECRET }) =>
    expect(leftOf(cell, sent)).toContain(JSON.stringify(dirty(secret)).slice(1, -1)),
}

/** Neither the other side, nor the caller, nor those who keep what was said, get it. */
function expectHidden(cell: Cell, sent: Sent, { secret = SECRET }: KindCase): void {
  for (const text of [leftOf(cell, sent), sent.answer.text, sent.kept]) {
    expect(text).not.toContain(secret)
  }
}

const cells = CELLS.map((cell) => [nameOf(cell), cell] as const)

describe.each(KINDS)('$name', (kind) => {
  const { cases, declare, secret = SECRET, environment, service } = kind

  function answering({ action }: DeclareOptions): Handler | undefined {
    return service && ((request) => json(service(request, action)))
  }

  describe.each(cells)('%s', (_name, cell) => {
    const { stage, operation } = cell
    const texts = hiding(cell, secret)

    it.each(cases)('%s', async (one) => {
      const action = one === 'redact' || one === 'observe' ? one : 'validate'
      const options: DeclareOptions = { action, stage }
      const sent = await send(cell, {
        guard: (address) => declare(options, address),
        texts: one === 'pass' ? { asked: CLEAN, answered: CLEAN } : texts,
        service: answering(options),
        environment,
      })
      // Arguments are JSON.
      const isJson = operation === 'execute_tool' && stage === 'input'
      const became: Case = one === 'redact' && isJson && kind.blocksJson ? 'block' : one
      expect(wasBlocked(sent.answer)).toBe(became === 'block')
      expect(sent.traces).not.toContain(secret)
      expect(sent.record?.guards?.[0]).toMatchObject({ action, outcome: OUTCOMES[became] })
      EXPECTED[became](cell, sent, kind)
    })
  })
})

it('has every kind', async () => {
  const folder = new URL('../../../plugins/guards/', import.meta.url)
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'))
  const found = await Promise.all(
    files.map(async (file) => {
      const given = (await import(new URL(file, folder).href)) as Record<string, unknown>
      return Object.values(given).flatMap((value) => kindOf(value) ?? [])
    }),
  )
  const covered = new Set(KINDS.map(({ name }) => name.split(' ')[0]?.replaceAll('-', '_')))
  const types = new Set(found.flat().map(({ type }) => type))
  expect(covered).toEqual(types)
  expect(types.size).toBeGreaterThan(20)
})

function kindOf(value: unknown): GuardKind | undefined {
  return typeof value === 'function' && 'kind' in value ? (value.kind as GuardKind) : undefined
}
