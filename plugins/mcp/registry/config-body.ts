import { createBodyCheck, requestProblem } from '#core'

import { checkAddress, checkHeaders } from './address.ts'
import { checkBodySize } from './body-size.ts'
import { masked, unmasked } from './masked.ts'
import { refuseWebSockets } from './server-body.ts'
import { shownUrl, unshownUrl } from './shown-url.ts'
import type { Texts } from './stored-server.ts'

/** A list of servers as clients of MCP keep it. */
export interface McpConfig {
  readonly mcpServers: Readonly<Record<string, ConfigServer>>
}

export interface ConfigServer {
  readonly type?: 'http' | 'sse'
  readonly url: string
  readonly headers?: Texts
}

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  required: ['config'],
  properties: {
    config: {
      type: 'object',
      additionalProperties: false,
      required: ['mcpServers'],
      properties: {
        mcpServers: {
          type: 'object',
          maxProperties: 50,
          propertyNames: { minLength: 1, maxLength: 100 },
          additionalProperties: {
            type: 'object',
            additionalProperties: false,
            required: ['url'],
            properties: {
              type: { enum: ['http', 'sse'] },
              url: { type: 'string', minLength: 1, maxLength: 4000 },
              headers: {
                type: 'object',
                maxProperties: 100,
                additionalProperties: { type: 'string', maxLength: 16_384 },
              },
            },
          },
        },
      },
    },
  },
})

/** `{"config": {"mcpServers": {…}}}`. Headers that are `***` are kept as they were. Throws 400. */
export function readConfigBody(body: unknown, before?: McpConfig): McpConfig {
  refuseOtherTransports(body)
  check(body)
  checkBodySize(body)
  const { config } = body as { readonly config: McpConfig }
  const servers = Object.entries(config.mcpServers).map(([name, server]) => {
    const path = `config.mcpServers.${name}`
    const old = ownValue(before?.mcpServers ?? {}, name)
    const url = unshownUrl(server.url, old?.url, `${path}.url`)
    checkAddress(url, `${path}.url`)
    // A header that is kept goes where it went before.
    const kept = old?.url === url ? old.headers : undefined
    const headers = unmasked(server.headers ?? {}, kept ?? {}, `${path}.headers`)
    checkHeaders(headers, `${path}.headers`)
    return [name, { ...server, url, ...(server.headers ? { headers } : {}) }] as const
  })
  return { mcpServers: Object.fromEntries(servers) }
}

/** A list as answers show it: the values of headers and queries are secret. */
export function toShownConfig({ mcpServers }: McpConfig): McpConfig {
  const shown = Object.entries(mcpServers).map(([name, server]) => {
    const { headers } = server
    const url = shownUrl(server.url)
    return [name, { ...server, url, ...(headers ? { headers: masked(headers) } : {}) }] as const
  })
  return { mcpServers: Object.fromEntries(shown) }
}

/** Clients keep commands in such lists too, which would run on the gateway's machine. */
function refuseOtherTransports(body: unknown): void {
  const servers = fieldOf(fieldOf(body, 'config'), 'mcpServers')
  if (typeof servers !== 'object' || servers === null) return
  for (const [name, server] of Object.entries(servers)) {
    const path = `config.mcpServers.${name}`
    refuseWebSockets(server, path)
    if (fieldOf(server, 'command') === undefined && fieldOf(server, 'type') !== 'stdio') continue
    const wanted = 'is not for lists of servers: a command would run on the machine of the gateway'
    throw requestProblem(`${path}.command`, wanted)
  }
}

function fieldOf(value: unknown, field: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.hasOwn(value, field) ? Reflect.get(value, field) : undefined
}

function ownValue<Value>(values: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}
