// What a sandbox says of a script that came to no value, as JSON.

export function failure(reason, message, place) {
  return JSON.stringify({ ok: false, reason, message, ...place })
}

/** Thrown where a script was cut off: nobody knows what state it left its cell in. */
export class Interruption extends Error {
  verdict

  constructor(reason, message) {
    super(message)
    this.verdict = failure(reason, message)
  }
}

/** The verdict of an Interruption; what is none, nobody here knows an answer to. */
export function verdictOf(error) {
  if (error instanceof Interruption) return error.verdict
  throw error
}

export function outOfTime(timeoutMs) {
  return new Interruption('timeout', `The script ran longer than ${timeoutMs} ms.`)
}

export function outOfMemory(memoryMb) {
  return new Interruption('memory', `The script used more than ${memoryMb} MB.`)
}

export function unhandledRejection() {
  const message = 'A promise of the script was rejected, and nobody handled it.'
  return new Interruption('threw', message)
}
