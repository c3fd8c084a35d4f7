import type { Database } from '#core'

import type { ModelDefinition } from './definition.ts'

/** A row of `custom_models`. */
export interface ModelRow {
  readonly id: string
  readonly project_id: string
  readonly is_public: boolean
  readonly model_name: string
  readonly provider: string
  readonly definition: ModelDefinition
  readonly changed_at: Date
  readonly deleted_at: Date | null
}

/** What is stored of a model. */
export type NewModel = Pick<
  ModelRow,
  'id' | 'project_id' | 'is_public' | 'model_name' | 'provider' | 'definition'
>

export function modelsChangedSince(
  database: Database,
  since: Date | undefined,
): Promise<ModelRow[]> {
  return database.query<ModelRow>(
    'select * from custom_models where $1::timestamptz is null or changed_at >= $1',
    [since ?? null],
  )
}

/** False when the project has a model of this name. */
export async function insertModel(database: Database, model: NewModel): Promise<boolean> {
  const rows = await database.query<{ id: string }>(
    `insert into custom_models (id, project_id, is_public, model_name, provider, definition)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (project_id, model_name) where deleted_at is null do nothing returning id`,
    [...valuesOf(model)],
  )
  return rows.length > 0
}

/** False when another model of the project has this name. */
export async function replaceModel(database: Database, model: NewModel): Promise<boolean> {
  const rows = await database.query<{ id: string }>(
    `update custom_models set is_public = $3, model_name = $4, provider = $5, definition = $6,
       changed_at = now()
     where id = $1 and project_id = $2 and deleted_at is null and not exists (
       select 1 from custom_models other
       where other.project_id = $2 and other.model_name = $4 and other.id <> $1
         and other.deleted_at is null)
     returning id`,
    [...valuesOf(model)],
  )
  return rows.length > 0
}

export async function deleteModel(database: Database, id: string): Promise<void> {
  await database.query(
    'update custom_models set deleted_at = now(), changed_at = now() where id = $1',
    [id],
  )
}

function valuesOf(model: NewModel): readonly unknown[] {
  const { id, project_id, is_public, model_name, provider, definition } = model
  return [id, project_id, is_public, model_name, provider, JSON.stringify(definition)]
}
