import { RE2JS, RE2JSException } from 're2js'

export type Pattern = RE2JS

/** A pattern that RE2 can not run; the message goes on after the name of the pattern. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** Compiles a pattern of RE2. Throws a PatternError that quotes it. */
export function compilePattern(source: string): Pattern {
  try {
    return RE2JS.compile(source)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    const fault = error.message.replace('error parsing regexp: ', '')
    const hint = /\(\?(<?[=!])/.test(source) ? '; RE2 has no look-ahead and no look-behind' : ''
    throw new PatternError(`is not a pattern that RE2 can run: ${quote(source)}: ${fault}${hint}`, {
      cause: error,
    })
  }
}

function quote(source: string): string {
  return JSON.stringify(source.length > 200 ? `${source.slice(0, 200)}…` : source)
}
