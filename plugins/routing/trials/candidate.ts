import { requestProblem } from '#core'
import type { AnyRequest, ModelDirectory, Services } from '#core'

/** What recorded requests are routed by in place of what they said: a router, or a virtual model. */
export interface Candidate {
  /** As the report calls it: the file, the name of the model, or `router`. */
  readonly name: string
  readonly fields: { readonly router: object } | { readonly model: string; readonly router: null }
}

/** The request as it would be if it were to be routed by the candidate. */
export function withCandidate(request: AnyRequest, { fields }: Candidate): object {
  return { ...request, ...fields }
}

/** A router written in a request, or the name of a virtual model. Throws 400, and 404 for the name. */
export function readCandidate(
  value: unknown,
  models: ModelDirectory,
  projectId: string,
): Candidate {
  if (value === undefined) throw requestProblem('router', 'is required', 'missing')
  if (typeof value === 'string' && value !== '') {
    if (models.targets(value, projectId).length === 0) {
      throw models.notFound(value, 'router', projectId)
    }
    return { name: value, fields: { model: value, router: null } }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw requestProblem('router', 'must be a router, or the name of a virtual model')
  }
  return { name: 'router', fields: { router: value } }
}

/** Throws what a request with this router would be answered with when the router is not valid. */
export function checkCandidate({ fields }: Candidate, services: Services, projectId: string): void {
  if (fields.router === null) return
  if (!('routers' in services)) {
    throw requestProblem('router', 'has no effect here: add routers() to the config file')
  }
  services.routers.check(fields.router, 'router', projectId)
}
