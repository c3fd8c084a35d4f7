import { randomUUID } from 'node:crypto'

import type { Database } from '#core'

/** Where a credential lies. */
export interface CredentialKey {
  readonly projectId: string
  readonly server: string
  readonly kind: 'tokens' | 'client' | 'challenge'
  readonly owner: string
  readonly user: string
}

export interface CredentialRow {
  readonly version: string
  readonly sealed: Buffer
}

type Queries = Pick<Database, 'query'>

const IS_IT = 'project_id = $1 and server = $2 and kind = $3 and owner = $4 and user_id = $5'

function valuesOf({ projectId, server, kind, owner, user }: CredentialKey): readonly string[] {
  return [projectId, server, kind, owner, user]
}

export async function readCredential(
  database: Queries,
  key: CredentialKey,
): Promise<CredentialRow | undefined> {
  const [row] = await database.query<CredentialRow>(
    `select version, sealed from mcp_credentials where ${IS_IT}`,
    valuesOf(key),
  )
  return row
}

/** Stores it, whatever lay there; the new version. */
export async function putCredential(
  database: Queries,
  key: CredentialKey,
  sealed: Buffer,
): Promise<string> {
  const version = randomUUID()
  await database.query(
    `insert into mcp_credentials (project_id, server, kind, owner, user_id, version, sealed)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (project_id, server, kind, owner, user_id) do update set
       version = excluded.version, sealed = excluded.sealed, renewing_until = null,
       changed_at = now()`,
    [...valuesOf(key), version, sealed],
  )
  return version
}

/** Stores it if nobody has changed what lay there; undefined when somebody has. */
export async function replaceCredential(
  database: Queries,
  key: CredentialKey,
  expected: string,
  sealed: Buffer,
): Promise<string | undefined> {
  const version = randomUUID()
  const rows = await database.query(
    `update mcp_credentials
     set version = $7, sealed = $8, renewing_until = null, changed_at = now()
     where ${IS_IT} and version = $6
     returning version`,
    [...valuesOf(key), expected, version, sealed],
  )
  return rows.length > 0 ? version : undefined
}

/** Takes the right to renew it, for a time; false when another gateway has it, or has renewed it. */
export async function claimRenewal(
  database: Queries,
  key: CredentialKey,
  expected: string,
  forMs: number,
): Promise<boolean> {
  const rows = await database.query(
    `update mcp_credentials set renewing_until = now() + $7 * interval '1 millisecond'
     where ${IS_IT} and version = $6 and (renewing_until is null or renewing_until < now())
     returning version`,
    [...valuesOf(key), expected, forMs],
  )
  return rows.length > 0
}

/** Gives the right back, after a renewal that failed. */
export async function releaseRenewal(
  database: Queries,
  key: CredentialKey,
  expected: string,
): Promise<void> {
  await database.query(
    `update mcp_credentials set renewing_until = null where ${IS_IT} and version = $6`,
    [...valuesOf(key), expected],
  )
}

/** Deletes it, where a version is given only that one. */
export async function deleteCredential(
  database: Queries,
  key: CredentialKey,
  expected: string | null = null,
): Promise<void> {
  await database.query(
    `delete from mcp_credentials where ${IS_IT} and ($6::uuid is null or version = $6)`,
    [...valuesOf(key), expected],
  )
}

/** Deletes all that was kept for a user of a project; tells how much. */
export async function deleteUser(
  database: Queries,
  projectId: string,
  user: string,
): Promise<number> {
  const rows = await database.query(
    `delete from mcp_credentials where project_id = $1 and user_id = $2 returning kind`,
    [projectId, user],
  )
  await database.query(`delete from mcp_authorizations where project_id = $1 and user_id = $2`, [
    projectId,
    user,
  ])
  return rows.length
}
