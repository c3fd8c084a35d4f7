import type { CheckResult } from '../../core/plugin.ts'

/** One line of `tapgate doctor`. */
export interface Finding extends CheckResult {
  readonly name: string
}

/** Why something failed. A host of several addresses fails with one error for each. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
}
