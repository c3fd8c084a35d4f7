import { createCheck, requestProblem } from '#core'

import { checkAddress, checkHeaders } from './address.ts'
import type { StoredServer, Texts } from './stored-server.ts'

const texts = { type: 'object', additionalProperties: { type: 'string' } }

const check = createCheck({
  type: 'object',
  additionalProperties: false,
  properties: {
    type: { enum: ['http', 'sse', 'in-memory', 'memory'] },
    name: { type: 'string', minLength: 1, maxLength: 200 },
    slug: { type: 'string', minLength: 1, maxLength: 200 },
    server_url: { type: 'string', minLength: 1, maxLength: 4000 },
    url: { type: 'string', minLength: 1, maxLength: 4000 },
    headers: { ...texts, maxProperties: 100 },
    env: { ...texts, maxProperties: 200 },
    filter: { description: 'Which of its tools: for the one who asks for them.' },
  },
})

/** A server as a request describes it: by an address, or by the name of one that is there. */
export interface Described {
  readonly type?: 'http' | 'sse' | 'in-memory' | 'memory'
  readonly name?: string
  readonly slug?: string
  readonly server_url?: string
  readonly url?: string
  readonly headers?: Texts
  readonly env?: Texts
  readonly filter?: unknown
}

/** Throws 400 whose param begins with the given one. */
export function readDescribed(
  described: Readonly<Record<string, unknown>>,
  param: string,
): Described {
  const said = withoutNull(described)
  const [problem] = check(said)
  if (problem) {
    throw requestProblem(`${param}.${problem.path}`, problem.message, problem.kind)
  }
  return said as Described
}

/** A described server with its address, as if it were stored under a name. Throws 400. */
export function toStored(
  { type, headers = {}, env = {}, ...rest }: Described,
  param: string,
): { readonly name: string; readonly stored: StoredServer } {
  const field = rest.server_url === undefined ? 'url' : 'server_url'
  const address = rest[field] ?? ''
  const { pathname, hostname } = checkAddress(address, `${param}.${field}`)
  checkHeaders(headers, `${param}.headers`)
  const isSse = type === undefined ? pathname.endsWith('/sse') : type === 'sse'
  return {
    name: toServerName(rest.name ?? hostname) || 'server',
    stored: {
      settings: { type: isSse ? 'sse' : 'http', url: address },
      secrets: { headers, env, values: {} },
    },
  }
}

/** `My Server` becomes `my-server`, and `mcp.example.com` `mcp-example-com`. */
export function toServerName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replaceAll(/^-|-$/g, '')
}

/** Clients that are written in Rust send `null` for what they leave out. */
function withoutNull(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
}
