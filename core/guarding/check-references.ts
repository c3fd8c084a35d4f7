import type { Guard, GuardReference } from '../guard.ts'
import { requestProblem } from '../request-problem.ts'
import { callWithin } from './call-within.ts'
import { ParameterError, type GuardKind } from './kind.ts'
import { checkParameters, createRequestCheck, parameterPath } from './parameters.ts'
import { guardNotFound, type GuardSelection } from './selection.ts'
import { toolsFor } from './tools.ts'

interface ReferenceCheckParts {
  readonly selection: GuardSelection
  readonly kinds: ReadonlyMap<string, GuardKind>
  readonly lender: Parameters<typeof toolsFor>[1]
}

/** Throws 404 or 400 for a reference that no request could follow; `param` is where it stands. */
export type ReferenceCheck = (reference: GuardReference, projectId: string, param: string) => void

export function createReferenceCheck(parts: ReferenceCheckParts): ReferenceCheck {
  const { selection, kinds, lender } = parts

  /** Makes the rule as a request would, so that the first request is not the first to fail. */
  function tryParameters(
    { settings, timeoutMs = settings?.timeoutMs ?? 0 }: Guard,
    asked: NonNullable<GuardReference['parameters']>,
    param: string,
  ): void {
    const kind = settings && kinds.get(settings.type)
    // A guard that is only code reads its parameters itself.
    if (!kind) return
    const [problem] = createRequestCheck(kind)(structuredClone(asked))
    if (problem) {
      throw requestProblem(parameterPath(param, problem.path), problem.message, problem.kind)
    }
    const { parameters: own } = checkParameters(kind, settings.parameters)
    try {
      callWithin(timeoutMs, () => kind.create({ ...own, ...asked }, toolsFor(settings, lender)))
    } catch (error) {
      if (!(error instanceof ParameterError)) throw error
      throw requestProblem(parameterPath(param, error.path), error.message)
    }
  }

  return ({ id, parameters }, projectId, param) => {
    const guard = selection.find(id, projectId)
    if (!guard) throw guardNotFound(id, selection.list(projectId), param)
    if (parameters) tryParameters(guard, parameters, `${param}.parameters`)
  }
}
