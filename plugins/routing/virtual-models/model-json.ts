import type { Definition } from './definition.ts'
import type { ModelRow, VersionRow } from './model-table.ts'

/** A model as lists tell it. */
export function toModelJson(row: ModelRow): ModelJson {
  return {
    name: row.name,
    source: 'api',
    latest_version: row.latest_version,
    published_version: row.published_version,
    created_at: row.created_at,
    updated_at: row.changed_at,
  }
}

/** One of the config file, which has one version and no dates. */
export function toConfiguredJson(name: string): ModelJson {
  return {
    name,
    source: 'config',
    latest_version: 1,
    published_version: 1,
    created_at: null,
    updated_at: null,
  }
}

export interface ModelJson {
  readonly name: string
  /** `config`: of the config file, and not to be changed elsewhere. */
  readonly source: 'config' | 'api'
  readonly latest_version: number
  /** What the plain name stands for; null while all versions are drafts. */
  readonly published_version: number | null
  readonly created_at: Date | null
  readonly updated_at: Date | null
}

/** A version with its definition. */
export function toVersionJson(row: VersionRow): VersionJson {
  return {
    version: row.version,
    status: row.published_at ? 'published' : 'draft',
    created_at: row.created_at,
    published_at: row.published_at,
    ...row.definition,
  }
}

/** The only version of a model of the config file. */
export function toConfiguredVersionJson(definition: Definition): VersionJson {
  return { version: 1, status: 'published', created_at: null, published_at: null, ...definition }
}

export interface VersionJson extends Definition {
  readonly version: number
  /** `published` once it was: it can be asked for by its number from then on. */
  readonly status: 'draft' | 'published'
  readonly created_at: Date | null
  /** When it was published last. */
  readonly published_at: Date | null
}
