import { requestProblem } from '#core'

/** Characters of JSON: all that is stored is kept in memory, or sent to servers. */
const LONGEST_BODY = 256 * 1024

/** Throws 400 for a body that is too long to be stored. */
export function checkBodySize(body: unknown): void {
  if (JSON.stringify(body).length <= LONGEST_BODY) return
  throw requestProblem('', `must not be longer than ${LONGEST_BODY} characters`)
}
