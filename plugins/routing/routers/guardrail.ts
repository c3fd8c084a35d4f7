import { createCheck } from '#core'

import { demand } from './demand.ts'

/** A guard as a conditional router names it: `{"type": "guardrail", "guard_id", "parameters"}`. */
export interface Guardrail {
  readonly id: string
  readonly parameters: Readonly<Record<string, unknown>> | undefined
}

const check = createCheck({
  type: 'object',
  required: ['guard_id'],
  properties: { guard_id: { type: 'string', minLength: 1 }, parameters: { type: 'object' } },
})

/** Throws 400 with the path. */
export function readGuardrail(written: unknown, path: string): Guardrail {
  demand(check(written), path)
  const { guard_id: id, parameters } = written as {
    readonly guard_id: string
    readonly parameters?: Guardrail['parameters']
  }
  return { id, parameters }
}
