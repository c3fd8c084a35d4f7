import { didYouMean, GatewayError, type GuardDirectory } from '#core'

/** Throws `guard_not_found` (404) when the project has no such guard. */
export type EnsureGuard = (id: string, param: string, projectId: string) => void

export function createGuardCheck(guards: Pick<GuardDirectory, 'find' | 'list'>): EnsureGuard {
  return (id, param, projectId) => {
    if (guards.find(id, projectId)) return
    const known = guards.list(projectId).map((guard) => guard.id)
    const hint = didYouMean(id.slice(0, 200), known)
    const message = `The guard "${id.slice(0, 200)}" is not configured${hint}.`.replace('?.', '?')
    throw new GatewayError('guard_not_found', message, { param })
  }
}
