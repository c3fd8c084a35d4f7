import { createHash, randomBytes } from 'node:crypto'

import type { Database } from '#core'

import type { Account } from './account.ts'

/** An authorization that waits for a person. */
export interface PendingRow {
  readonly project_id: string
  readonly server: string
  readonly owner: string
  readonly user_id: string
  readonly sealed: Buffer
  readonly is_expired: boolean
}

type Queries = Pick<Database, 'query'>

/** What the browser carries: nobody can guess it. */
export function newState(): string {
  return randomBytes(32).toString('base64url')
}

/** The database can not be read for states that are good. */
export function hashState(state: string): Buffer {
  return createHash('sha256').update(state).digest()
}

/** Stores it in the place of an older one of the same account; sweeps away what nobody came back for. */
export async function insertPending(
  database: Queries,
  stateHash: Buffer,
  account: Account,
  kept: { readonly sealed: Buffer; readonly expiresAt: Date },
): Promise<void> {
  await database.query('delete from mcp_authorizations where expires_at < now()')
  await database.query(
    `delete from mcp_credentials
     where kind = 'challenge' and changed_at < now() - interval '30 days'`,
  )
  await database.query(
    `insert into mcp_authorizations
       (state_hash, project_id, server, owner, user_id, sealed, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (project_id, server, owner, user_id) do update set
       state_hash = excluded.state_hash, sealed = excluded.sealed,
       expires_at = excluded.expires_at`,
    [stateHash, ...valuesOf(account), kept.sealed, kept.expiresAt],
  )
}

/** Takes it out, so that no other callback gets it; undefined when there is none. */
export async function takePending(
  database: Queries,
  stateHash: Buffer,
): Promise<PendingRow | undefined> {
  const [row] = await database.query<PendingRow>(
    `delete from mcp_authorizations where state_hash = $1
     returning project_id, server, owner, user_id, sealed, expires_at < now() as is_expired`,
    [stateHash],
  )
  return row
}

/** Until when a person may still consent; undefined when nothing waits. */
export async function pendingUntil(database: Queries, account: Account): Promise<Date | undefined> {
  const [row] = await database.query<{ readonly expires_at: Date }>(
    `select expires_at from mcp_authorizations where ${IS_OF} and expires_at >= now()`,
    valuesOf(account),
  )
  return row?.expires_at
}

export async function deletePending(database: Queries, account: Account): Promise<void> {
  await database.query(`delete from mcp_authorizations where ${IS_OF}`, valuesOf(account))
}

const IS_OF = 'project_id = $1 and server = $2 and owner = $3 and user_id = $4'

function valuesOf({ projectId, server, owner, user }: Account): readonly string[] {
  return [projectId, server.name, owner, user]
}
