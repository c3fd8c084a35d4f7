import type { Purpose } from '#core'

/** What an exchange can be for, the callers' own first. */
export const PURPOSES = [
  'request',
  'tool',
  'shadow',
  'guard',
  'routing',
] as const satisfies Purpose[]

export function isPurpose(value: unknown): value is Purpose {
  return PURPOSES.some((purpose) => purpose === value)
}
