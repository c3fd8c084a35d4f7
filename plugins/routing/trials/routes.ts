import { GatewayError } from '#core'
import type { Caller, Route, RouteCall } from '#core'

import { checkCandidate, readCandidate } from './candidate.ts'
import { readQuestion } from './explain-body.ts'
import { explain } from './explain.ts'
import { readReplayBody } from './replay-body.ts'
import { replay, type TrialParts } from './replay.ts'

/** How long a replay over HTTP goes on; the command line has no limit. */
const TIME_LIMIT_MS = 60_000

/** Both run scripts of the caller's, as a request does, and so need what a request needs. */
export function trialRoutes(parts: TrialParts): readonly Route[] {
  const { host } = parts
  return [
    {
      method: 'POST',
      path: '/api/routing/explain',
      access: 'write',
      summary: 'Where a request would go now, and why. Calls nobody.',
      async handle(call) {
        const question = readQuestion(await call.json())
        return explain({ ...question, caller: callerOf(call), signal: call.signal }, host)
      },
    },
    {
      method: 'POST',
      path: '/api/routing/replay',
      access: 'write',
      summary: 'What a router would have changed for the requests of the past. Calls nobody.',
      async handle(call) {
        const caller = callerOf(call)
        const { router, ...asked } = readReplayBody(await call.json(), new Date())
        const candidate = readCandidate(router, host.models, caller.projectId)
        checkCandidate(candidate, host.services, caller.projectId)
        const signal = AbortSignal.any([call.signal, AbortSignal.timeout(TIME_LIMIT_MS)])
        const report = await replay({ ...asked, candidate, caller, signal }, parts)
        call.signal.throwIfAborted()
        return report
      },
    },
  ]
}

function callerOf({ caller }: RouteCall): Caller {
  if (caller) return caller
  throw new GatewayError('missing_api_key', 'Routing is told to a key only.')
}
