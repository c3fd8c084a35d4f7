import { requestProblem, type Problem } from '#core'

/** Throws 400 for the first of the problems, below the path. */
export function demand([problem]: readonly Problem[], path: string): void {
  if (!problem) return
  const isBelow = problem.path !== '' && !problem.path.startsWith('[')
  const at = isBelow ? `${path}.${problem.path}` : path + problem.path
  throw requestProblem(at, problem.message, problem.kind)
}
