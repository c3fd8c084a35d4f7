import {
  type FetchLike,
  InsecureTokenEndpointError,
  RegistrationRejectedError,
} from '@modelcontextprotocol/client'

import {
  type Caller,
  type Database,
  GatewayError,
  type Logger,
  type McpAuthorizationStart,
  type McpAuthorizeOptions,
  type McpOAuth,
  type McpProtectedServer,
  type Sealer,
} from '#core'

import { type Account, accountOf, checkMayShare, isShared } from './account.ts'
import { begin, type Pending } from './begin.ts'
import type { CredentialStore } from './credential-store.ts'
import { findFault } from './find-fault.ts'
import { finish, type Finished } from './finish.ts'
import { hashState, insertPending, type PendingRow, takePending } from './pending-table.ts'
import { publicUrlOf } from './public-url.ts'

/** Long enough for a person to find a password. */
const OPEN_FOR_MS = 10 * 60_000

/** Authorizations by a person: begun by a caller, ended by a browser that comes back. */
export interface Authorizations {
  begin(
    server: McpProtectedServer,
    caller: Caller,
    options: McpAuthorizeOptions,
  ): Promise<McpAuthorizationStart>
  /** What the browser brought back. Each state is good once. */
  finish(brought: URLSearchParams): Promise<Ended>
}

/** How an authorization ended; `server` and `owner` are the gateway's own words. */
export type Ended =
  | { readonly outcome: 'unknown' | 'expired' }
  | { readonly outcome: Finished['outcome']; readonly server: string; readonly owner: string }

export interface AuthorizationParts {
  readonly database: Database
  readonly store: CredentialStore
  readonly sealer: Sealer
  readonly fetchFor: (server: McpProtectedServer) => FetchLike
  readonly publicUrl: string | undefined
  readonly log: Logger
}

export function createAuthorizations(parts: AuthorizationParts): Authorizations {
  const { database, store, sealer, fetchFor, log } = parts

  return {
    async begin(server, caller, { user, scope, host }) {
      const auth = interactiveAuth(server)
      if (isShared(server)) checkMayShare(server, caller)
      const account = accountOf(server, caller, user)
      const publicUrl = publicUrlOf(parts.publicUrl, host)
      const challenge = (await store.readNow(account, 'challenge'))?.value
      const fetchFn = fetchFor(server)
      try {
        const asking = { account, auth, store, publicUrl, scope, challenge, fetchFn }
        const begun = await begin(asking)
        const authorizationUrl = checkAuthorizationUrl(begun.authorizationUrl)
        const expiresAt = new Date(Date.now() + OPEN_FOR_MS)
        const stateHash = hashState(begun.state)
        const sealed = sealer.seal(begun.pending, placeOf(stateHash, toRow(account)))
        await insertPending(database, stateHash, account, { sealed, expiresAt })
        return { authorizationUrl, expiresAt }
      } catch (error) {
        const fault = beginFault(server, error)
        const { name } = error instanceof Error ? error : { name: 'unknown' }
        log.warn('An authorization did not begin.', { server: server.name, code: fault.code, name })
        throw fault
      }
    },

    async finish(brought) {
      const [state, ...others] = brought.getAll('state')
      if (state === undefined || others.length > 0) return { outcome: 'unknown' }
      const stateHash = hashState(state)
      const row = await takePending(database, stateHash)
      // What opens was sealed by `begin`.
      const pending =
        row && (sealer.open(row.sealed, placeOf(stateHash, row)) as Pending | undefined)
      if (!row || !pending) return { outcome: 'unknown' }
      if (row.is_expired) return { outcome: 'expired' }

      const account = toAccount(row, pending)
      const finished = await finish(pending, brought, fetchFor(account.server))
      if (finished.outcome === 'authorized') {
        await store.put(account, 'tokens', finished.tokens)
        await store.forget(account, 'challenge')
      }
      const { owner, server } = row
      log.info('An authorization ended.', {
        server,
        project: row.project_id,
        outcome: finished.outcome,
      })
      return { outcome: finished.outcome, server, owner }
    },
  }
}

/** The `auth` of a server that a person authorizes. Throws a GatewayError (400) for others. */
function interactiveAuth({ name, auth }: McpProtectedServer): McpOAuth {
  if (auth.type === 'oauth') return auth
  throw new GatewayError(
    'invalid_parameter',
    `No person is asked for the MCP server "${name}": its authorization is "${auth.type}".`,
    { param: 'name' },
  )
}

/** A browser is sent there: no other scheme, such as `javascript:`, may hide behind it. */
function checkAuthorizationUrl(url: URL): string {
  const isLoopback = /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) return url.href
  throw new Error('The authorization endpoint is not https.')
}

function beginFault({ name }: McpProtectedServer, cause: unknown): GatewayError {
  const own = findFault(cause, GatewayError)
  if (own) return own
  const why = findFault(cause, RegistrationRejectedError)
    ? 'does not register the gateway: register a client by hand and set "clientId"'
    : findFault(cause, InsecureTokenEndpointError)
      ? 'takes tokens over plain http'
      : 'can not be used, or not be found'
  const message = `The authorization server of the MCP server "${name}" ${why}.`
  return new GatewayError('mcp_authorization_failed', message, { cause, shouldRetry: false })
}

type RowPlace = Pick<PendingRow, 'project_id' | 'server' | 'owner' | 'user_id'>

function placeOf(stateHash: Buffer, row: RowPlace): readonly string[] {
  const state = stateHash.toString('base64url')
  return ['authorization', state, row.project_id, row.server, row.owner, row.user_id]
}

function toRow({ projectId, server, owner, user }: Account): RowPlace {
  return { project_id: projectId, server: server.name, owner, user_id: user }
}

function toAccount(row: RowPlace, { server }: Pending): Account {
  return { projectId: row.project_id, server, owner: row.owner, user: row.user_id }
}
