import type { Purpose } from '#core'

/** Which requests of one project to read. What is left out does not narrow it. */
export interface RequestFilter {
  readonly projectId: string
  readonly purpose?: Purpose | undefined
  /** From then on. */
  readonly since?: Date | undefined
  /** Before then. */
  readonly until?: Date | undefined
  /** As it was asked for, or as it answered, with or without its provider. */
  readonly model?: string | undefined
  readonly provider?: string | undefined
  readonly status?: string | undefined
  readonly userId?: string | undefined
  readonly label?: string | undefined
  /** A tag without a value has `-`. */
  readonly tag?: readonly [name: string, value: string] | undefined
}

/** The conditions of a query, and their values from `$1` on. */
export interface Conditions {
  readonly sql: string
  readonly values: readonly unknown[]
}

export function toConditions(filter: RequestFilter): Conditions {
  const { tag } = filter
  const all: readonly (readonly [value: unknown, sql: string])[] = [
    [filter.projectId, 'project_id = $'],
    [filter.purpose, 'purpose = $'],
    [filter.since, 'created_at >= $'],
    [filter.until, 'created_at < $'],
    [filter.model, `$ in (requested_model, model, provider || '/' || model)`],
    [filter.provider, 'provider = $'],
    [filter.status, 'status = $'],
    [filter.userId, 'user_id = $'],
    [filter.label, 'label = $'],
    [tag && JSON.stringify(Object.fromEntries([tag])), 'tags @> $::jsonb'],
  ]
  const given = all.filter(([value]) => value !== undefined)
  return {
    sql: given.map(([, sql], index) => sql.replace('$', `$${index + 1}`)).join(' and '),
    values: given.map(([value]) => value),
  }
}
