import type { McpAuth, McpServer } from '#core'

import { fillIn } from './placeholders.ts'
import {
  valuesOf,
  type AuthBody,
  type PolicyBody,
  type StoredServer,
  type Texts,
  type ToolPolicyBody,
} from './stored-server.ts'

/** A server as it is made, with every placeholder filled in. */
export interface ServerDefinition extends Policy {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly transport: HttpTransport | StdioTransport
  readonly projectId: string
  readonly source: 'api'
}

interface HttpTransport {
  readonly type: 'http' | 'sse'
  readonly url: string
  readonly headers?: Texts
  readonly env?: Texts
  readonly auth?: McpAuth
}

interface StdioTransport {
  readonly type: 'stdio'
  readonly command: string
  readonly args?: readonly string[]
  readonly env?: Texts
  readonly cwd?: string
}

interface Policy {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly rename?: Texts
  readonly descriptions?: Texts
  readonly timeoutMs?: number
  readonly concurrency?: number
  readonly maxQueue?: number
  readonly costPerCall?: string
  readonly maxResultBytes?: number
  readonly cache?: { readonly ttlMs: number }
  readonly tools?: Readonly<Record<string, ToolPolicy>>
  readonly connectTimeoutMs?: number
  readonly idleTimeoutMs?: number
}

interface ToolPolicy {
  readonly timeoutMs?: number
  readonly concurrency?: number
  readonly costPerCall?: string
}

/** A server of which clients can be served, until it is stopped. */
export interface RunningServer extends McpServer {
  stop(): Promise<void>
}

/** Makes a server of its definition; nothing is connected to before somebody asks for it. */
export type MakeServer = (definition: ServerDefinition) => RunningServer

export function toDefinition(
  projectId: string,
  name: string,
  stored: StoredServer,
): ServerDefinition {
  const { title, description, policy = {} } = stored.settings
  return {
    ...toPolicy(policy),
    name,
    ...defined({ title, description }),
    transport: toTransport(stored),
    projectId,
    source: 'api',
  }
}

function toTransport(stored: StoredServer): HttpTransport | StdioTransport {
  const { type, url = '', command = '', args, cwd } = fillIn(stored.settings, valuesOf(stored))
  const { headers, env, auth } = fillIn(stored.secrets, valuesOf(stored))
  if (type === 'stdio') return { type, command, env, ...defined({ args, cwd }) }
  return {
    type,
    url,
    headers,
    ...(Object.keys(env).length > 0 ? { env } : {}),
    ...(auth ? { auth: toAuth(auth) } : {}),
  }
}

function toAuth(auth: AuthBody): McpAuth {
  const { type, scope, client_id: clientId, client_secret: clientSecret, shared } = auth
  const { private_key: privateKey, client_metadata_url: clientMetadataUrl } = auth
  const { expected_issuer: expectedIssuer } = auth
  if (type === 'none') return { type }
  if (type === 'oauth') {
    const given = { scope, clientId, clientSecret, clientMetadataUrl, expectedIssuer, shared }
    return { type, ...defined(given) }
  }
  const given = { scope, clientSecret, privateKey, expectedIssuer }
  return { type, clientId: clientId ?? '', ...defined(given) }
}

function toPolicy(body: PolicyBody): Policy {
  const { allow, deny, rename, descriptions, cache, tools } = body
  return {
    ...toToolPolicy(body),
    ...defined({
      allow,
      deny,
      rename,
      descriptions,
      maxQueue: body.max_queue,
      maxResultBytes: body.max_result_bytes,
      connectTimeoutMs: body.connect_timeout_ms,
      idleTimeoutMs: body.idle_timeout_ms,
      cache: cache && { ttlMs: cache.ttl_ms },
      tools:
        tools &&
        Object.fromEntries(Object.entries(tools).map(([name, own]) => [name, toToolPolicy(own)])),
    }),
  }
}

function toToolPolicy(body: ToolPolicyBody): ToolPolicy {
  const { timeout_ms: timeoutMs, concurrency, cost_per_call: costPerCall } = body
  return defined({ timeoutMs, concurrency, costPerCall })
}

/** The fields that have a value. */
function defined<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>
  }
}
