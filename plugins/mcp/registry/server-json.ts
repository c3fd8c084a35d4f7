import type { Caller, McpServer, McpStatus } from '#core'

import type { Known } from './known-servers.ts'
import { MASK, masked } from './masked.ts'
import { hasPlaceholder } from './placeholders.ts'
import { shownUrl } from './shown-url.ts'
import { type AuthBody, isSecret, type StoredServer, type Texts } from './stored-server.ts'

/**
 * A server as the API tells it. `source` is `config` for what the API can not change, and `type` is
 * `virtual` for those made of others. What is secret is `***`; the arguments of a command are it for
 * those who can not change them.
 */
export function toServerJson(server: McpServer, known: Known | undefined, caller: Caller): object {
  const { name, source, transport } = server
  const settings = known?.row.settings
  return {
    name,
    title: settings?.title ?? server.title ?? null,
    description: settings?.description ?? (server.description || null),
    type: settings?.type ?? transport,
    source,
    status: toStatusJson(server.status()),
    ...(known ? toSettingsJson(known, caller) : {}),
    created_at: known?.row.created_at ?? null,
    updated_at: known?.row.changed_at ?? null,
  }
}

export function toStatusJson({ state, message, protocolVersion, ...status }: McpStatus): object {
  return {
    state,
    message: message ?? null,
    protocol_version: protocolVersion ?? null,
    retry_at: status.retryAt === undefined ? null : new Date(status.retryAt).toISOString(),
    restarts: status.restarts ?? 0,
  }
}

function toSettingsJson({ row, stored }: Known, caller: Caller): object {
  const { settings } = row
  return {
    logo_url: settings.logo_url ?? null,
    categories: settings.categories ?? [],
    ...(settings.type === 'stdio'
      ? {
          command: settings.command,
          args: shownArguments(settings.args, caller),
          cwd: settings.cwd ?? null,
        }
      : { url: shownUrl(settings.url ?? ''), headers: masked(stored?.secrets.headers ?? {}) }),
    env: masked(stored?.secrets.env ?? {}),
    auth: stored?.secrets.auth ? maskedAuth(stored.secrets.auth) : null,
    variables: settings.variables ?? {},
    values: stored ? shownValues(stored) : {},
    policy: settings.policy ?? {},
    visibility: row.visibility ?? 'private',
    published_at: row.published_at,
    installed_from: settings.installed_from ?? null,
  }
}

/** Commands are given keys in their arguments: only those who may set them see them. */
export function shownArguments(
  args: readonly string[] = [],
  { scopes }: Caller,
): readonly string[] {
  if (scopes.includes('admin') || scopes.includes('operator')) return args
  return args.map((arg) => (hasPlaceholder(arg) ? arg : MASK))
}

function shownValues(stored: StoredServer): Texts {
  return Object.fromEntries(
    Object.entries(stored.secrets.values).map(([name, value]) => [
      name,
      isSecret(stored, name) ? MASK : value,
    ]),
  )
}

function maskedAuth(auth: AuthBody): AuthBody {
  return {
    ...auth,
    ...(auth.client_secret === undefined ? {} : { client_secret: MASK }),
    ...(auth.private_key === undefined ? {} : { private_key: MASK }),
  }
}
