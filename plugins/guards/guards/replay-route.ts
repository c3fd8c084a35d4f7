import { ANYBODY, type GuardDirectory, type Route, type Services } from '#core'

import { ledgerOf } from './replay-ledger.ts'
import { candidateOf, readReplayBody } from './replay-wish.ts'
import { replay } from './replay.ts'

/** Shows what a guard would have done to the requests of the past. */
export function replayRoute(directory: GuardDirectory, services: Services): Route {
  return {
    method: 'POST',
    path: '/api/guards/replay',
    access: 'admin',
    summary: 'What a guard would have blocked or masked in recorded traffic.',
    async handle({ caller = ANYBODY, signal, ...call }) {
      const { guard: said, ...wish } = readReplayBody(await call.json())
      const guard = candidateOf(said, directory, caller.projectId)
      const ledger = ledgerOf(services)
      return replay({ ...wish, guard, caller, signal }, { directory, ledger })
    },
  }
}
