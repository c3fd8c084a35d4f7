import { createBodyCheck, requestProblem } from '#core'

import { checkAddress, checkHeaders } from './address.ts'
import { checkBodySize } from './body-size.ts'
import { MASK, unmasked } from './masked.ts'
import { checkPlaceholders, fillIn, hasPlaceholder, textsIn } from './placeholders.ts'
import { serverProperties } from './server-schema.ts'
import { unshownUrl } from './shown-url.ts'
import {
  addressOf,
  configurationOf,
  destinationOf,
  isSecret,
  valuesOf,
  type AuthBody,
  type ServerSecrets,
  type ServerSettings,
  type StoredServer,
  type Texts,
} from './stored-server.ts'

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: serverProperties,
})

interface ServerBody extends Omit<ServerSettings, 'type' | 'installed_from'> {
  readonly name?: string
  readonly type?: ServerSettings['type']
  readonly server_url?: string
  readonly headers?: Texts
  readonly env?: Texts
  readonly values?: Texts
  readonly auth?: AuthBody
}

/**
 * What makes a server: `url` (or LangDB's `server_url`) or `command`, and how to speak to it. Where it
 * says `***` the secret of `before` is kept. Throws 400.
 */
export function readServerBody(
  body: unknown,
  before?: StoredServer,
): { readonly name: string | undefined; readonly stored: StoredServer } {
  refuseWebSockets(body)
  check(body)
  checkBodySize(body)
  const { name, headers = {}, env = {}, values = {}, auth, ...rest } = body as ServerBody
  const settings = toSettings(rest, before)
  const old = before?.secrets
  const secrets: ServerSecrets = {
    headers: unmasked(headers, old?.headers ?? {}, 'headers'),
    env: unmasked(env, old?.env ?? {}, 'env'),
    values: unmasked(values, old?.values ?? {}, 'values'),
    ...(auth ? { auth: unmaskedAuth(auth, old?.auth) } : {}),
  }
  const stored = { settings, secrets }
  checkServer(stored)
  if (before) refuseMovedSecrets({ headers, env, values, auth }, before, stored)
  return { name, stored }
}

/** Checks all that no schema can say. Throws 400. */
export function checkServer(stored: StoredServer): void {
  const { settings, secrets } = stored
  checkTransport(stored)
  checkPlaceholders(configurationOf(stored), settings.variables ?? {})
  checkValues(stored)
  if (settings.type === 'stdio') return
  const values = valuesOf(stored)
  checkAddress(addressOf(stored), 'url')
  checkHeaders(fillIn(secrets.headers, values), 'headers')
  checkAuth(secrets.auth)
}

/** LangDB's documentation has `ws`, which no revision of MCP knows. */
export function refuseWebSockets(body: unknown, path = ''): void {
  const type = typeof body === 'object' && body !== null && 'type' in body ? body.type : undefined
  if (type !== 'ws' && type !== 'websocket') return
  const wanted = 'must be "http" or "sse": MCP has no transport over WebSockets'
  throw requestProblem(path === '' ? 'type' : `${path}.type`, wanted)
}

/**
 * A secret that is kept goes where it went before, and stays one: otherwise whoever may change a
 * server could have its secrets sent to an address of their own, or shown.
 */
function refuseMovedSecrets(given: object, before: StoredServer, stored: StoredServer): void {
  const kept = textsIn(given, '').filter(([, value]) => value === MASK)
  const [first] = kept[0] ?? []
  if (first !== undefined && destinationOf(before) !== destinationOf(stored)) {
    throw requestProblem(first, `is "${MASK}", which keeps a secret only for the same address`)
  }
  for (const name of Object.keys(stored.settings.variables ?? {})) {
    const isKept = kept.some(([path]) => path === `values.${name}`)
    if (!isKept || !isSecret(before, name) || isSecret(stored, name)) continue
    throw requestProblem(
      `variables.${name}.secret`,
      'can not become false for a value that is kept',
    )
  }
}

function toSettings(
  body: Omit<ServerBody, 'name' | 'headers' | 'env' | 'values' | 'auth'>,
  before: StoredServer | undefined,
): ServerSettings {
  const { server_url: serverUrl, url, type, ...rest } = body
  if (url !== undefined && serverUrl !== undefined) {
    throw requestProblem('server_url', 'can not stand beside "url"')
  }
  const given = url ?? serverUrl
  const field = url === undefined ? 'server_url' : 'url'
  const address = given === undefined ? undefined : unshownUrl(given, before?.settings.url, field)
  const from = before?.settings.installed_from
  return {
    ...rest,
    type: type ?? (address === undefined && rest.command !== undefined ? 'stdio' : 'http'),
    ...(address === undefined ? {} : { url: address }),
    ...(from === undefined ? {} : { installed_from: from }),
  }
}

function checkTransport({ settings, secrets }: StoredServer): void {
  const { type, url, command, args, cwd } = settings
  const isCommand = type === 'stdio'
  const strays = isCommand
    ? { url, auth: secrets.auth, headers: Object.keys(secrets.headers)[0] }
    : { command, args, cwd }
  for (const [field, value] of Object.entries(strays)) {
    if (value !== undefined) throw requestProblem(field, `is not for servers of type "${type}"`)
  }
  const [field, needed] = isCommand ? ['command', command] : ['url', url]
  if (needed === undefined) throw requestProblem(String(field), 'is required', 'missing')
  if (command !== undefined && hasPlaceholder(command)) {
    throw requestProblem('command', 'can not have placeholders')
  }
}

function checkValues(stored: StoredServer): void {
  const { variables = {} } = stored.settings
  for (const name of Object.keys(stored.secrets.values)) {
    if (!Object.hasOwn(variables, name)) {
      throw requestProblem(`values.${name}`, 'is of no variable in "variables"')
    }
  }
  const values = valuesOf(stored)
  for (const [name, { default: fallback }] of Object.entries(variables)) {
    if (isSecret(stored, name) && fallback !== undefined) {
      throw requestProblem(`variables.${name}.default`, 'is for variables with "secret": false')
    }
    if (!values.has(name)) throw requestProblem(`values.${name}`, 'is required', 'missing')
  }
}

function checkAuth(auth: AuthBody | undefined): void {
  if (auth?.type !== 'client_credentials') return
  if (auth.client_id === undefined) throw requestProblem('auth.client_id', 'is required', 'missing')
  if (auth.client_secret === undefined && auth.private_key === undefined) {
    throw requestProblem('auth.client_secret', 'or "auth.private_key" is required', 'missing')
  }
}

function unmaskedAuth(auth: AuthBody, before: AuthBody | undefined): AuthBody {
  const { client_secret: secret, private_key: key, ...rest } = auth
  const given = textsOf({ client_secret: secret, private_key: key })
  const { client_secret: oldSecret, private_key: oldKey } = before ?? {}
  const old = textsOf({ client_secret: oldSecret, private_key: oldKey })
  return { ...rest, ...unmasked(given, old, 'auth') }
}

function textsOf(fields: Readonly<Record<string, string | undefined>>): Texts {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
