import { ANYBODY, type GuardDirectory, type Route } from '#core'

import { notFound } from './guard-routes.ts'
import { readTrialBody } from './trial-body.ts'
import { toTrialJson } from './trial-json.ts'

/** Tries one guard on a text, without asking any model but those that the guard itself asks. */
export function trialRoute(directory: GuardDirectory): Route {
  return {
    method: 'POST',
    path: '/api/guards/:id/test',
    access: 'write',
    summary: 'What a guard says of a text, and where it finds it.',
    async handle({ caller = ANYBODY, params, signal, ...call }) {
      const id = params['id'] ?? ''
      const guard = directory.find(id, caller.projectId)
      if (!guard) throw notFound(id)
      const body = await call.json()
      const sample = readTrialBody(body, guard.stage === 'output' ? 'output' : 'input')
      const { request, answer, parameters } = sample
      const result = await directory.try({
        guard,
        operation: 'chat',
        request,
        ...(answer ? { answer } : {}),
        ...(parameters ? { parameters } : {}),
        caller,
        signal,
      })
      return toTrialJson(guard, result)
    },
  }
}
