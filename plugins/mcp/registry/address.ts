import { requestProblem } from '#core'

import type { Texts } from './stored-server.ts'

/** Headers that the connection or the protocol itself sets. */
const OWN_HEADERS = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'host',
  'keep-alive',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** The address of a server over HTTP. Where it may lead is asked when it is connected to. Throws 400. */
export function checkAddress(address: string, path: string): URL {
  const url = URL.parse(address)
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw requestProblem(path, 'must be an address that begins with http:// or https://')
  }
  if (url.username !== '' || url.password !== '') {
    throw requestProblem(path, 'can not hold a user or a password: send them in a header')
  }
  return url
}

/** Headers that can be sent, and that are the caller's to choose. Throws 400. */
export function checkHeaders(headers: Texts, path: string): void {
  for (const [name, value] of Object.entries(headers)) {
    const field = `${path}.${name}`
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) throw requestProblem(field, 'is no name of a header')
    if (OWN_HEADERS.has(name.toLowerCase())) throw requestProblem(field, 'is set by the gateway')
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw requestProblem(field, 'has a character that no header can hold')
    }
  }
}
