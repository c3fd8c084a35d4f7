import type { Database } from '#core'

import type { Definition } from './definition.ts'

/** A row of `virtual_models`. */
export interface ModelRow {
  readonly project_id: string
  readonly name: string
  readonly latest_version: number
  readonly published_version: number | null
  readonly revision: number
  readonly created_at: Date
  readonly changed_at: Date
  readonly deleted_at: Date | null
}

/** A row of `virtual_model_versions`. */
export interface VersionRow {
  readonly project_id: string
  readonly name: string
  readonly version: number
  readonly definition: Definition
  readonly created_at: Date
  readonly published_at: Date | null
}

/** A database, or a transaction of one. */
export type Queries = Pick<Database, 'query'>

/** Which model of which project. */
export interface ModelKey {
  readonly projectId: string
  readonly name: string
}

/** The models that changed at this time or later, the deleted ones too; all when no time is given. */
export async function modelsChangedSince(
  database: Queries,
  time: Date | undefined,
): Promise<readonly ModelRow[]> {
  return database.query<ModelRow>(
    'select * from virtual_models where $1::timestamptz is null or changed_at >= $1',
    [time ?? null],
  )
}

/** The versions of these models that were ever published. */
export async function publishedVersions(
  database: Queries,
  models: readonly ModelRow[],
): Promise<readonly VersionRow[]> {
  return database.query<VersionRow>(
    `select versions.* from virtual_model_versions as versions
     join unnest($1::uuid[], $2::text[]) as asked (project_id, name) using (project_id, name)
     where published_at is not null`,
    [models.map((model) => model.project_id), models.map(({ name }) => name)],
  )
}

/** All models of a project, or of all projects, by name; each with the description of its last version. */
export async function allModels(
  database: Queries,
  projectId?: string,
): Promise<readonly (ModelRow & { readonly description: string | null })[]> {
  return database.query(
    `select models.*, versions.definition ->> 'description' as description
     from virtual_models as models
     join virtual_model_versions as versions
       on versions.project_id = models.project_id and versions.name = models.name
       and versions.version = coalesce(models.published_version, models.latest_version)
     where deleted_at is null and ($1::uuid is null or models.project_id = $1)
     order by models.name, models.project_id`,
    [projectId ?? null],
  )
}

export async function modelOf(
  database: Queries,
  { projectId, name }: ModelKey,
): Promise<ModelRow | undefined> {
  const [row] = await database.query<ModelRow>(
    'select * from virtual_models where project_id = $1 and name = $2 and deleted_at is null',
    [projectId, name],
  )
  return row
}

export async function versionOf(
  database: Queries,
  { projectId, name }: ModelKey,
  version: number,
): Promise<VersionRow | undefined> {
  const [row] = await database.query<VersionRow>(
    `select * from virtual_model_versions
     where project_id = $1 and name = $2 and version = $3`,
    [projectId, name, version],
  )
  return row
}

/** A page of the versions of a model, the newest first. */
export async function versionsOf(
  database: Queries,
  { projectId, name }: ModelKey,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<readonly VersionRow[]> {
  return database.query<VersionRow>(
    `select * from virtual_model_versions where project_id = $1 and name = $2
     order by version desc limit $3 offset $4`,
    [projectId, name, limit, offset],
  )
}

/** Makes a model with a first version, a draft; false when the name is in use. */
export async function insertModel(
  transaction: Queries,
  key: ModelKey,
  definition: Definition,
): Promise<boolean> {
  const [row] = await transaction.query(
    `insert into virtual_models (project_id, name, latest_version) values ($1, $2, 1)
     on conflict (project_id, name) do update set
       latest_version = 1, published_version = null, deleted_at = null, created_at = now(),
       changed_at = now(), revision = virtual_models.revision + 1
     where virtual_models.deleted_at is not null
     returning name`,
    [key.projectId, key.name],
  )
  if (row) await insertVersion(transaction, key, 1, definition)
  return row !== undefined
}

/** Adds a draft to a model and gives its number; undefined when there is no such model. */
export async function addVersion(
  transaction: Queries,
  key: ModelKey,
  definition: Definition,
): Promise<number | undefined> {
  const [row] = await transaction.query<{ latest_version: number }>(
    `update virtual_models
     set latest_version = latest_version + 1, changed_at = now(), revision = revision + 1
     where project_id = $1 and name = $2 and deleted_at is null
     returning latest_version`,
    [key.projectId, key.name],
  )
  if (row) await insertVersion(transaction, key, row.latest_version, definition)
  return row?.latest_version
}

async function insertVersion(
  transaction: Queries,
  { projectId, name }: ModelKey,
  version: number,
  definition: Definition,
): Promise<void> {
  await transaction.query(
    `insert into virtual_model_versions (project_id, name, version, definition)
     values ($1, $2, $3, $4)`,
    [projectId, name, version, JSON.stringify(definition)],
  )
}

/** Lets the plain name stand for a version that is there. */
export async function publishVersion(
  transaction: Queries,
  { projectId, name }: ModelKey,
  version: number,
): Promise<void> {
  await transaction.query(
    `update virtual_models
     set published_version = $3, changed_at = now(), revision = revision + 1
     where project_id = $1 and name = $2 and deleted_at is null`,
    [projectId, name, version],
  )
  await transaction.query(
    `update virtual_model_versions set published_at = now()
     where project_id = $1 and name = $2 and version = $3`,
    [projectId, name, version],
  )
}

/** Takes a model away with all its versions; false when there is none. */
export async function deleteModel(
  transaction: Queries,
  { projectId, name }: ModelKey,
): Promise<boolean> {
  const [row] = await transaction.query(
    `update virtual_models
     set deleted_at = now(), published_version = null, changed_at = now(), revision = revision + 1
     where project_id = $1 and name = $2 and deleted_at is null
     returning name`,
    [projectId, name],
  )
  await transaction.query(
    'delete from virtual_model_versions where project_id = $1 and name = $2',
    [projectId, name],
  )
  return row !== undefined
}
