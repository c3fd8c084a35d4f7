import type { RequestRow } from './request-rows.ts'

/** What a report can be grouped by, beside provider and model. */
export interface Dimension {
  /** As rollups name it: `user`, `tag:run`; '' for nothing. */
  readonly name: string
  /** `''` where a request has none. */
  readonly valueOf: (row: RequestRow) => string
  /** Rollups of it hold no requests without it, for its name may be anything. */
  readonly isTag: boolean
}

const COLUMNS: Readonly<Record<string, Dimension['valueOf']>> = {
  user: (row) => row.user_id ?? '',
  api_key: (row) => row.key_id ?? '',
  label: (row) => row.label ?? '',
  virtual_model: (row) => row.requested_model ?? '',
  status: (row) => row.status,
}

/** The dimension of those who do not ask for one. */
export const NOTHING: Dimension = { name: '', valueOf: () => '', isTag: false }

/** All but tags. */
export const COLUMN_DIMENSIONS: readonly Dimension[] = [
  NOTHING,
  ...Object.entries(COLUMNS).map(([name, valueOf]) => ({ name, valueOf, isTag: false })),
]

/** The names that `groupBy` takes beside `provider`, `model`, `project` and `tag`. */
export const COLUMN_NAMES: readonly string[] = Object.keys(COLUMNS)

export function columnDimension(name: string): Dimension {
  return COLUMN_DIMENSIONS.find((dimension) => dimension.name === name) ?? NOTHING
}

export function tagDimension(tag: string): Dimension {
  return { name: `tag:${tag}`, valueOf: (row) => row.tags[tag] ?? '', isTag: true }
}
