/** What a report can be grouped by, beside provider and model. */
export interface Dimension {
  /** As rollups name it: `user`, `tag:run`. */
  readonly name: string
  /** SQL for its value; `''` where a request has none. */
  readonly sql: string
  /** The name of the tag, where it is one: rollups hold no requests without it. */
  readonly tag?: string
}

const COLUMNS: Readonly<Record<string, string>> = {
  user: "coalesce(user_id, '')",
  api_key: "coalesce(key_id, '')",
  label: "coalesce(label, '')",
  virtual_model: "coalesce(requested_model, '')",
  status: 'status',
}

/** Those that are columns, and the one that is nothing. */
export const COLUMN_DIMENSIONS: readonly Dimension[] = [
  { name: '', sql: "''" },
  ...Object.entries(COLUMNS).map(([name, sql]) => ({ name, sql })),
]

/** The names that `groupBy` takes beside `provider`, `model`, `project` and `tag`. */
export const COLUMN_NAMES: readonly string[] = Object.keys(COLUMNS)

export function columnDimension(name: string): Dimension {
  return { name, sql: COLUMNS[name] ?? "''" }
}

/** A tag as a dimension: its value is a parameter of the query, as its name may be anything. */
export function tagDimension(tag: string): Dimension {
  return { name: `tag:${tag}`, sql: "''", tag }
}
