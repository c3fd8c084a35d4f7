import type { Database, TargetParameters } from '#core'

import type { KeptAnswer } from './answers.ts'

/** Answers in the database, where all workers find them. */
export interface SharedAnswers {
  get(key: string): Promise<{ kept: KeptAnswer; ttlMs: number } | undefined>
  set(key: string, kept: KeptAnswer, ttlMs: number): Promise<void>
  clear(projectId: string): Promise<number>
  /** Deletes what has expired. */
  sweep(): Promise<void>
}

interface Row {
  readonly project_id: string
  readonly provider: string
  readonly model: string
  readonly parameters: TargetParameters | null
  readonly answer: string
  readonly expires_at: Date
}

export function createSharedAnswers(database: Database): SharedAnswers {
  return {
    async get(key) {
      const [row] = await database.query<Row>(
        `select project_id, provider, model, parameters, answer, expires_at from cached_answers
         where key = $1 and expires_at > now()`,
        [key],
      )
      if (!row) return undefined
      const { project_id: projectId, provider, model, parameters, expires_at: end } = row
      const target = { provider, model, ...(parameters ? { parameters } : {}) }
      const kept = { projectId, target, text: row.answer }
      return { kept, ttlMs: Math.max(1, end.getTime() - Date.now()) }
    },
    async set(key, { projectId, target, text }, ttlMs) {
      const { provider, model, parameters = null } = target
      await database.query(
        `insert into cached_answers (key, project_id, provider, model, parameters, answer, expires_at)
         values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond')
         on conflict (key) do update set provider = excluded.provider, model = excluded.model,
           parameters = excluded.parameters, answer = excluded.answer, expires_at = excluded.expires_at`,
        [key, projectId, provider, model, parameters && JSON.stringify(parameters), text, ttlMs],
      )
    },
    async clear(projectId) {
      const rows = await database.query<{ key: string }>(
        'delete from cached_answers where project_id = $1 returning key',
        [projectId],
      )
      return rows.length
    },
    async sweep() {
      await database.query('delete from cached_answers where expires_at <= $1', [new Date()])
    },
  }
}
