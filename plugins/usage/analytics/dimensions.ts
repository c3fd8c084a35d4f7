import type { RequestRow } from './request-rows.ts'

/** What a report can be grouped by, beside provider and model. */
export interface Dimension {
  /** As rollups name it: `user`, `tag:run`; '' for nothing. */
  readonly name: string
  /** What of a request tells its value. */
  readonly cells: readonly (keyof RequestRow)[]
  /** `''` where a request has none. */
  readonly valueOf: (row: RequestRow) => string
  /** Rollups of it hold no requests without it, for its name may be anything. */
  readonly isTag: boolean
}

/** The columns of requests that a report can be grouped by. */
const COLUMNS = {
  user: 'user_id',
  api_key: 'key_id',
  label: 'label',
  virtual_model: 'requested_model',
  status: 'status',
} as const satisfies Record<string, keyof RequestRow>

/** The dimension of those who do not ask for one. */
export const NOTHING: Dimension = { name: '', cells: [], valueOf: () => '', isTag: false }

/** All but tags. */
export const COLUMN_DIMENSIONS: readonly Dimension[] = [
  NOTHING,
  ...Object.entries(COLUMNS).map(([name, column]) => ({
    name,
    cells: [column],
    valueOf: (row: RequestRow) => row[column] ?? '',
    isTag: false,
  })),
]

/** The names that `groupBy` takes beside `provider`, `model`, `project` and `tag`. */
export const COLUMN_NAMES: readonly string[] = Object.keys(COLUMNS)

export function columnDimension(name: string): Dimension {
  return COLUMN_DIMENSIONS.find((dimension) => dimension.name === name) ?? NOTHING
}

export function tagDimension(tag: string): Dimension {
  const valueOf: Dimension['valueOf'] = (row) => row.tags[tag] ?? ''
  return { name: `tag:${tag}`, cells: ['tags'], valueOf, isTag: true }
}
