import {
  type Caller,
  createBodyCheck,
  type Database,
  type McpDirectory,
  type McpProtectedServer,
  requestProblem,
  Reply,
  type Route,
  type RouteCall,
} from '#core'

import { accountOf, checkMayShare, isShared, sharedAccount } from './account.ts'
import type { Authorizing } from './authorizing.ts'
import { sendCallbackPage } from './callback-page.ts'
import { CALLBACK_PATH, METADATA_PATH, metadataDocument } from './client-metadata.ts'
import type { CredentialStore } from './credential-store.ts'
import { deletePending, pendingUntil } from './pending-table.ts'
import { ownHost, publicUrlOf } from './public-url.ts'

export interface AuthorizationRoutesParts {
  readonly mcp: McpDirectory
  readonly authorizing: () => Promise<Authorizing>
  readonly store: CredentialStore
  readonly database: Database
  readonly publicUrl: string | undefined
}

const AUTHORIZE = '/api/mcp/servers/:name/authorize'
const AUTHORIZATION = '/api/mcp/servers/:name/authorization'
const LONGEST_USER = 256

const checkBody = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: {
    user: { type: 'string', minLength: 1, maxLength: LONGEST_USER },
    scope: { type: 'string', maxLength: 2000, pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e ]*$' },
  },
})

/** Authorizing upstream servers, looking at that and forgetting it; and where browsers come back to. */
export function authorizationRoutes(parts: AuthorizationRoutesParts): readonly Route[] {
  const { mcp, authorizing, store, database } = parts

  function serverOf({ params }: RouteCall, caller: Caller): McpProtectedServer {
    const name = params['name'] ?? ''
    const server = mcp.get(name, caller.projectId, 'name')
    const { projectId, protection } = server
    return protection ?? { name: server.name, url: '', auth: { type: 'none' }, projectId }
  }

  return [
    {
      method: 'POST',
      path: AUTHORIZE,
      access: 'write',
      summary: 'Begins to authorize an MCP server: gives the address at which a person consents.',
      async handle(call) {
        const caller = callerOf(call)
        const server = serverOf(call, caller)
        const body: unknown = await call.json()
        checkBody(body)
        const { user, scope } = body as { user?: string; scope?: string }
        const { authorizations } = await authorizing()
        const { authorizationUrl, expiresAt } = await authorizations.begin(server, caller, {
          ...(user === undefined ? {} : { user }),
          ...(scope === undefined ? {} : { scope }),
          host: ownHost(call),
        })
        return { authorization_url: authorizationUrl, expires_at: expiresAt.toISOString() }
      },
    },
    {
      method: 'GET',
      path: AUTHORIZATION,
      access: 'read',
      summary: 'Whether the caller has authorized an MCP server, for what and until when.',
      async handle(call) {
        const caller = callerOf(call)
        const server = serverOf(call, caller)
        const account = accountOf(server, caller, userOf(call))
        const common = {
          server: server.name,
          type: server.auth.type,
          shared: isShared(server),
          user: account.user === '' ? null : account.user,
        }
        const tokens = (await store.readNow(account, 'tokens'))?.value
        const until = await pendingUntil(database, account)
        return {
          ...common,
          state: tokens ? 'authorized' : until ? 'pending' : 'none',
          scopes: tokens?.scope?.split(' ').filter((scope) => scope !== '') ?? [],
          expires_at: isoOf(tokens?.expiresAt),
          is_renewable: tokens?.refreshToken !== undefined,
          pending_until: until?.toISOString() ?? null,
        }
      },
    },
    {
      method: 'DELETE',
      path: AUTHORIZATION,
      access: 'write',
      summary: 'Revokes and forgets the authorization of an MCP server.',
      async handle(call) {
        const caller = callerOf(call)
        const server = serverOf(call, caller)
        if (isShared(server)) checkMayShare(server, caller)
        const account = accountOf(server, caller, userOf(call))
        const held = await store.readNow(account, 'tokens')
        await deletePending(database, account)
        await store.forget(account, 'tokens')
        await store.forget(account, 'challenge')
        // The authorization server may have forgotten the gateway: the next time it registers anew.
        if (registersItself(server) && answersFor(server, caller)) {
          await store.forget(sharedAccount(server), 'client')
        }
        const isRevoked = held ? await (await authorizing()).revoke(held.value, server) : false
        return { server: server.name, state: 'none', revoked: isRevoked }
      },
    },
    {
      method: 'GET',
      path: CALLBACK_PATH,
      access: 'public',
      summary: 'Where a browser comes back to when a person has consented, or has not.',
      async serve({ query, response }) {
        const { authorizations } = await authorizing()
        sendCallbackPage(response, await authorizations.finish(query))
      },
    },
    {
      method: 'GET',
      path: METADATA_PATH,
      access: 'public',
      summary: 'How the gateway describes itself as an OAuth client.',
      handle: (call) =>
        new Reply(200, metadataDocument(publicUrlOf(parts.publicUrl, ownHost(call))), {
          'cache-control': 'public, max-age=3600',
        }),
    },
  ]
}

/** The registration is that of all who use the server: not one of them forgets it for the others. */
function answersFor({ projectId }: McpProtectedServer, { scopes }: Caller): boolean {
  return scopes.includes(projectId === null ? 'operator' : 'admin') || scopes.includes('operator')
}

function registersItself({ auth }: McpProtectedServer): boolean {
  return auth.type === 'oauth' && auth.clientId === undefined
}

function callerOf({ caller }: RouteCall): Caller {
  if (caller) return caller
  throw new Error('Only public routes have no caller.')
}

function userOf({ query }: RouteCall): string | undefined {
  const user = query.get('user')
  if (user === null) return undefined
  if (user !== '' && user.length <= LONGEST_USER) return user
  throw requestProblem('user', `must have 1 to ${LONGEST_USER} letters`)
}

function isoOf(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString()
}
