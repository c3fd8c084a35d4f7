import { ANYBODY, type Caller, GatewayError, type McpProtectedServer } from '#core'

/** Whose authorization of a server it is: no other caller, project or server may use it. */
export interface Account {
  /** Only zeros when the authorization is shared by all projects. */
  readonly projectId: string
  readonly server: McpProtectedServer
  readonly owner: string
  /** Whom the caller speaks for; empty for itself. */
  readonly user: string
}

const EVERY_PROJECT = ANYBODY.projectId

/** The account of a caller at a server; one for all callers where the authorization is shared. */
export function accountOf(server: McpProtectedServer, caller: Caller, user = ''): Account {
  if (isShared(server)) return sharedAccount(server)
  const owner = caller.keyId === undefined ? 'anybody' : `key:${caller.keyId}`
  return { projectId: caller.projectId, server, owner, user }
}

/** The account of the server itself, which its client registration belongs to. */
export function sharedAccount(server: McpProtectedServer): Account {
  return { projectId: server.projectId ?? EVERY_PROJECT, server, owner: 'shared', user: '' }
}

export function isShared({ auth }: McpProtectedServer): boolean {
  return auth.type === 'client_credentials' || (auth.type === 'oauth' && auth.shared === true)
}

/** Consent for everybody is given by those who answer for everybody. */
export function checkMayShare({ name, projectId }: McpProtectedServer, { scopes }: Caller): void {
  const needed = projectId === null ? 'operator' : 'admin'
  if (scopes.includes(needed) || scopes.includes('operator')) return
  throw new GatewayError(
    'insufficient_scope',
    `The authorization of "${name}" is shared: it takes a key with the scope "${needed}".`,
    { details: { required_scope: needed } },
  )
}

/** The one name of an account: of links, of renewals under way. */
export function accountName({ projectId, server, owner, user }: Account): string {
  return JSON.stringify([projectId, server.name, server.url, owner, user])
}
