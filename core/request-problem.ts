import { GatewayError } from './errors.ts'
import { createCheck, type Problem } from './schema.ts'

const CODES = {
  missing: 'missing_required_parameter',
  unknown: 'unknown_parameter',
  invalid: 'invalid_parameter',
} as const

/** What is wrong with a request, as a 400 that names the field. */
export function requestProblem(
  path: string,
  message: string,
  kind: Problem['kind'] = 'invalid',
): GatewayError {
  const subject = path === '' ? 'The request' : `"${path}"`
  // A hint ends with a question mark.
  const sentence = `${subject} ${message}.`.replace(/\?\.$/, '?')
  return new GatewayError(CODES[kind], sentence, path === '' ? {} : { param: path })
}

/** Compiles a check of request bodies that throws a 400 for the first thing that is wrong. */
export function createBodyCheck(schema: object): (body: unknown) => void {
  const check = createCheck(schema)
  return (body) => {
    const [problem] = check(body)
    if (problem) throw requestProblem(problem.path, problem.message, problem.kind)
  }
}
