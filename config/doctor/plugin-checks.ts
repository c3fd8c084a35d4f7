import type { Check } from '../../core/plugin.ts'
import { SetupError } from '../../core/setup-error.ts'
import { withTimeLimit } from '../../core/time-limit.ts'
import { reasonOf, type Finding } from './finding.ts'

const LONGEST_CHECK_MS = 10_000

/** The checks that plugins bring. One that throws has failed. */
export function runChecks(checks: readonly Check[]): Promise<readonly Finding[]> {
  return Promise.all(checks.map(runCheck))
}

async function runCheck(check: Check): Promise<Finding> {
  const { name } = check
  try {
    const result = Promise.try(() => check.run())
    return { name, ...(await withTimeLimit(result, LONGEST_CHECK_MS, `The check "${name}"`)) }
  } catch (error) {
    const fix = error instanceof SetupError ? { fix: error.hint } : {}
    return { name, status: 'failed', message: reasonOf(error), ...fix }
  }
}
