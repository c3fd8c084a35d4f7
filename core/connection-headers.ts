import { validateHeaderName } from 'node:http'

import type { Provider } from './provider.ts'

type Headers = Readonly<Record<string, string>>

/** They are about a connection and not about a request: whoever holds the connection writes them. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.5 */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/u

/** Ours, and the operator's in their place: two that differ in their case only would both be sent. */
export function mergeHeaders(ours: Headers, operators: Headers = {}): Headers {
  const entries = Object.entries(operators).map(([name, value]) => [name.toLowerCase(), value])
  return { ...ours, ...Object.fromEntries(entries) }
}

/**
 * The headers with which no request could leave, each as a sentence. A client that is asked to send one
 * fails before it connects, which its pool takes for a client that is busy for ever. The value may be a
 * key: only what is wrong in it is told.
 */
export function headerProblems(providers: readonly Provider[]): string[] {
  return providers.flatMap(({ name: provider, connection }) =>
    Object.entries(connection?.headers ?? {}).flatMap(([header, value]) => {
      const problem = problemOf(header, value)
      return problem ? [`The header "${header}" of the provider "${provider}" ${problem}`] : []
    }),
  )
}

function problemOf(header: string, value: string): string | undefined {
  if (!isName(header)) return 'has no name that a header can have.'
  if (OF_THE_CONNECTION.has(header.toLowerCase())) {
    return 'is written by the gateway itself; leave it out.'
  }
  const [wrong] = UNSENDABLE.exec(value) ?? []
  if (wrong === undefined) return undefined
  const codePoint = wrong.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  return `has a character that no header can have: U+${codePoint}. Was more copied than the key?`
}

function isName(header: string): boolean {
  try {
    validateHeaderName(header)
    return true
  } catch {
    return false
  }
}
