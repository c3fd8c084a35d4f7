import { type Database, type Purpose, requestProblem, type Route } from '#core'

import { between } from './report-body.ts'
import { readGroups } from './report-groups.ts'
import { callerOf } from './report-routes.ts'
import { readTimeWindow } from './time-window.ts'
import { toUsageTotal } from './usage-total.ts'

/** `POST /usage/total`, as LangDB has it; `purpose` tells what the gateway used for its own questions. */
export function usageTotalRoute(database: Database, flush: () => Promise<void>): Route {
  return {
    method: 'POST',
    path: '/usage/total',
    access: 'read',
    summary: 'What the project used: tokens and cost by model in a window of time.',
    async handle(call) {
      const { purpose, rest } = takePurpose(await call.json())
      const window = readTimeWindow(rest, Date.now())
      const { projectId } = callerOf(call.caller)
      await flush()
      const batches = readGroups(database, {
        projectId,
        ...between(window),
        timeOf: () => 0,
        coarsest: 'week',
        byProvider: true,
        byModel: true,
        dimensions: [],
        filter: { purpose },
        hasPercentiles: false,
        hasPrices: true,
      })
      const groups = (await Array.fromAsync(batches)).flat()
      return toUsageTotal(groups, window)
    },
  }
}

const PURPOSES: readonly Purpose[] = ['request', 'shadow', 'guard', 'routing']

/** The purpose that a body asks for, a caller's request unless it says so, and the rest of the body. */
function takePurpose(body: unknown): { purpose: Purpose; rest: unknown } {
  if (typeof body !== 'object' || body === null || !('purpose' in body)) {
    return { purpose: 'request', rest: body }
  }
  const { purpose, ...rest } = body
  const known = PURPOSES.find((name) => name === purpose)
  if (known) return { purpose: known, rest }
  throw requestProblem('purpose', `must be one of ${PURPOSES.join(', ')}`)
}
