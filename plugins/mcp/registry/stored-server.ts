import { fillIn } from './placeholders.ts'

/** What a project says of a server, without what is secret. In words of the wire, as it was sent. */
export interface ServerSettings {
  readonly type: 'http' | 'sse' | 'stdio'
  readonly title?: string
  readonly description?: string
  readonly logo_url?: string
  readonly categories?: readonly string[]
  readonly url?: string
  readonly command?: string
  readonly args?: readonly string[]
  readonly cwd?: string
  /** What `{{NAME}}` in the configuration stands for. */
  readonly variables?: Variables
  readonly policy?: PolicyBody
  /** The entry of the catalogue that it was made of. */
  readonly installed_from?: string
}

export type Variables = Readonly<Record<string, Variable>>

export interface Variable {
  readonly description?: string
  /** Whether its values are shown to nobody; they are secret unless it says `false`. */
  readonly secret?: boolean
  readonly default?: string
}

/** What is sealed at rest, and shown to nobody. */
export interface ServerSecrets {
  readonly headers: Texts
  readonly env: Texts
  /** Of the variables. */
  readonly values: Texts
  readonly auth?: AuthBody
}

export type Texts = Readonly<Record<string, string>>

/** A server with its secrets, as it is kept in memory. */
export interface StoredServer {
  readonly settings: ServerSettings
  readonly secrets: ServerSecrets
}

/** How the gateway proves itself to the server, see `mcpCredentials`. */
export interface AuthBody {
  readonly type: 'none' | 'oauth' | 'client_credentials'
  readonly scope?: string
  readonly client_id?: string
  readonly client_secret?: string
  readonly private_key?: string
  readonly client_metadata_url?: string
  readonly expected_issuer?: string
  readonly shared?: boolean
}

/** What is decided of the tools of a server. Times are milliseconds, costs USD as decimal strings. */
export interface PolicyBody {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly rename?: Texts
  readonly descriptions?: Texts
  readonly timeout_ms?: number
  readonly concurrency?: number
  readonly max_queue?: number
  readonly cost_per_call?: string
  readonly max_result_bytes?: number
  readonly cache?: { readonly ttl_ms: number }
  readonly tools?: Readonly<Record<string, ToolPolicyBody>>
  readonly connect_timeout_ms?: number
  readonly idle_timeout_ms?: number
}

export interface ToolPolicyBody {
  readonly timeout_ms?: number
  readonly concurrency?: number
  readonly cost_per_call?: string
}

/** All that a placeholder may stand in. */
export function configurationOf({ settings, secrets }: StoredServer): object {
  const { url, args, cwd } = settings
  return {
    ...(url === undefined ? {} : { url }),
    ...(args === undefined ? {} : { args }),
    ...(cwd === undefined ? {} : { cwd }),
    headers: secrets.headers,
    env: secrets.env,
  }
}

/** The value of every variable that has one: that of this project, else the default. */
export function valuesOf({ settings, secrets }: StoredServer): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const [name, variable] of Object.entries(settings.variables ?? {})) {
    const value = Object.hasOwn(secrets.values, name) ? secrets.values[name] : variable.default
    if (value !== undefined) values.set(name, value)
  }
  return values
}

/** Where a server over HTTP is, with every placeholder filled in. */
export function addressOf(stored: StoredServer): string {
  return fillIn(stored.settings.url ?? '', valuesOf(stored))
}

/** What its secrets are sent to: two servers with the same are one to them. */
export function destinationOf(stored: StoredServer): string {
  const { type, command, args, cwd } = stored.settings
  if (type !== 'stdio') return addressOf(stored)
  return JSON.stringify(fillIn([command, args, cwd], valuesOf(stored)))
}

/** Whether the values of a variable are shown to nobody. */
export function isSecret({ settings }: StoredServer, variable: string): boolean {
  const { variables = {} } = settings
  return !Object.hasOwn(variables, variable) || variables[variable]?.secret !== false
}
