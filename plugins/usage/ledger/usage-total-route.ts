import { type Database, GatewayError, type Purpose, requestProblem, type Route } from '#core'

import { isPurpose, PURPOSES } from './purpose.ts'
import { usageByModel } from './requests-table.ts'
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
      const { caller } = call
      const { purpose, rest } = takePurpose(await call.json())
      const window = readTimeWindow(rest, Date.now())
      if (!caller) throw new GatewayError('missing_api_key', 'Usage is told to a key only.')
      await flush()
      const usages = await usageByModel(database, {
        projectId: caller.projectId,
        purpose,
        start: new Date(Math.ceil(window.startMicros / 1000)),
        end: new Date(Math.floor(window.endMicros / 1000)),
      })
      return toUsageTotal(usages, window)
    },
  }
}

/** The purpose that a body asks for, a caller's request unless it says so, and the rest of the body. */
function takePurpose(body: unknown): { purpose: Purpose; rest: unknown } {
  if (typeof body !== 'object' || body === null || !('purpose' in body)) {
    return { purpose: 'request', rest: body }
  }
  const { purpose, ...rest } = body
  if (isPurpose(purpose)) return { purpose, rest }
  throw requestProblem('purpose', `must be one of ${PURPOSES.join(', ')}`)
}
