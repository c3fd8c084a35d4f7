import type { Database, GuardReference, Scope } from '#core'

import { newKeyId, prefixOf } from './api-key.ts'

/** A row of `api_keys`. */
export interface KeyRow {
  readonly id: string
  readonly key_hash: string
  readonly key_prefix: string
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly project_id: string
  /** Those that read every request of the key. */
  readonly guards: readonly GuardReference[]
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
  readonly last_used_at: Date | null
  readonly changed_at: Date
}

/** What its maker decides about a new key. */
export interface KeyWish {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly projectId: string
  readonly expiresAt?: Date | undefined
  readonly guards?: readonly GuardReference[] | undefined
}

/** A database, or a transaction of one. */
export type Queries = Pick<Database, 'query'>

/** What is to be another; undefined for what stays. */
export type Change<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined }

/** The keys that changed at this time or later; all keys when no time is given. */
export async function keysChangedSince(
  database: Queries,
  time: Date | undefined,
): Promise<readonly KeyRow[]> {
  return database.query<KeyRow>(
    'select * from api_keys where $1::timestamptz is null or changed_at >= $1',
    [time ?? null],
  )
}

export async function keysByHash(
  database: Queries,
  hashes: readonly string[],
): Promise<readonly KeyRow[]> {
  return database.query<KeyRow>('select * from api_keys where key_hash = any($1)', [hashes])
}

/** A page of the keys of a project, the newest first, and how many there are. */
export async function keysOfProject(
  database: Queries,
  projectId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly keys: readonly KeyRow[]; readonly total: number }> {
  const keys = await database.query<KeyRow>(
    `select * from api_keys where project_id = $1
     order by created_at desc, id desc limit $2 offset $3`,
    [projectId, limit, offset],
  )
  const [count] = await database.query<{ total: number }>(
    'select count(*)::integer as total from api_keys where project_id = $1',
    [projectId],
  )
  return { keys, total: count?.total ?? 0 }
}

/** All keys of all projects, the newest first. */
export async function allKeys(database: Queries): Promise<readonly KeyRow[]> {
  return database.query<KeyRow>('select * from api_keys order by created_at desc, id desc', [])
}

/** The keys that can still be used and have this id, this prefix, or this hash. */
export async function usableKeysNamed(
  database: Queries,
  idOrPrefix: string,
  hash: string,
): Promise<readonly KeyRow[]> {
  return database.query<KeyRow>(
    `select * from api_keys
     where revoked_at is null and (id = $1 or key_prefix = $1 or key_hash = $2)`,
    [idOrPrefix, hash],
  )
}

/** Stores a key under its hash; undefined when it is there already. */
export async function insertKey(
  database: Queries,
  key: { readonly key: string; readonly hash: string },
  wish: KeyWish,
): Promise<KeyRow | undefined> {
  const [row] = await database.query<KeyRow>(
    `insert into api_keys (id, key_hash, key_prefix, name, scopes, project_id, expires_at, guards)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (key_hash) do nothing returning *`,
    [
      newKeyId(),
      key.hash,
      prefixOf(key.key),
      wish.name,
      wish.scopes,
      wish.projectId,
      wish.expiresAt ?? null,
      JSON.stringify(wish.guards ?? []),
    ],
  )
  return row
}

/** What is left out of the change stays; undefined when the project has no such key. */
export async function updateKey(
  database: Queries,
  { id, projectId }: { readonly id: string; readonly projectId: string },
  change: Change<Pick<KeyRow, 'name' | 'guards'>>,
): Promise<KeyRow | undefined> {
  const [row] = await database.query<KeyRow>(
    `update api_keys
     set name = coalesce($3, name), guards = coalesce($4::json, guards), changed_at = now()
     where id = $1 and project_id = $2 returning *`,
    [id, projectId, change.name ?? null, change.guards ? JSON.stringify(change.guards) : null],
  )
  return row
}

export async function keyOfProject(
  database: Queries,
  id: string,
  projectId: string,
): Promise<KeyRow | undefined> {
  const [row] = await database.query<KeyRow>(
    'select * from api_keys where id = $1 and project_id = $2',
    [id, projectId],
  )
  return row
}

/** A key that was revoked before keeps its time. */
export async function revokeKey(database: Queries, id: string): Promise<void> {
  await database.query(
    `update api_keys set revoked_at = now(), changed_at = now()
     where id = $1 and revoked_at is null`,
    [id],
  )
}

/** Takes a key back as if it had never been. */
export async function deleteKey(database: Queries, id: string): Promise<void> {
  await database.query('delete from api_keys where id = $1', [id])
}

/** Notes when keys were last used, unless another process has noted a later time. */
export async function noteUse(
  database: Queries,
  uses: readonly { readonly id: string; readonly usedAt: Date }[],
): Promise<void> {
  await database.query(
    `update api_keys set last_used_at = greatest(last_used_at, uses.used_at)
     from unnest($1::text[], $2::timestamptz[]) as uses (id, used_at)
     where api_keys.id = uses.id`,
    [uses.map(({ id }) => id), uses.map(({ usedAt }) => usedAt)],
  )
}

/** The project that keys belong to when nothing else is said, locked until the transaction ends. */
export async function lockDefaultProject(transaction: Queries): Promise<string> {
  const [project] = await transaction.query<{ id: string }>(
    'select id from projects where is_default for update',
    [],
  )
  if (!project) throw new Error('The table "projects" has no default project.')
  return project.id
}
