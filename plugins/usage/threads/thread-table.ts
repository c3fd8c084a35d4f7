import type { Database } from '#core'

/** A row of `threads`. */
export interface ThreadRow {
  readonly project_id: string
  readonly id: string
  readonly created_at: Date
  readonly updated_at: Date
  readonly model_name: string | null
  readonly user_id: string | null
  readonly title: string | null
  readonly score: number | null
  readonly is_public: boolean
}

const COLUMNS =
  'project_id, id, created_at, updated_at, model_name, user_id, title, score, is_public'

/** A page of the threads of a project, the latest first, and how many there are. */
export async function listThreads(
  database: Database,
  projectId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly threads: readonly ThreadRow[]; readonly total: number }> {
  const threads = await database.query<ThreadRow>(
    `select ${COLUMNS} from threads where project_id = $1 and deleted_at is null
     order by updated_at desc, id limit $2 offset $3`,
    [projectId, limit, offset],
  )
  const [count] = await database.query<{ total: number }>(
    'select total from thread_counts where project_id = $1',
    [projectId],
  )
  return { threads, total: count?.total ?? 0 }
}

export async function findThread(
  database: Database,
  id: string,
  projectId: string,
): Promise<ThreadRow | undefined> {
  const [row] = await database.query<ThreadRow>(
    `select ${COLUMNS} from threads where id = $1 and project_id = $2 and deleted_at is null`,
    [id, projectId],
  )
  return row
}

/** A thread that may be read without a key. */
export async function findPublicThread(
  database: Database,
  id: string,
): Promise<ThreadRow | undefined> {
  const [row] = await database.query<ThreadRow>(
    `select ${COLUMNS} from threads where id = $1 and is_public and deleted_at is null
     order by updated_at desc limit 1`,
    [id],
  )
  return row
}

/** What can be said of a thread; what is left out stays. */
export interface ThreadChange {
  readonly title?: string | undefined
  readonly score?: number | null | undefined
  readonly is_public?: boolean | undefined
}

/** The thread as it is then; undefined when there is none. */
export async function changeThread(
  database: Database,
  { id, project_id }: Pick<ThreadRow, 'id' | 'project_id'>,
  change: ThreadChange,
): Promise<ThreadRow | undefined> {
  const [row] = await database.query<ThreadRow>(
    `update threads set title = coalesce($3, title), is_public = coalesce($4, is_public),
       score = case when $5 then $6 else score end
     where id = $1 and project_id = $2 and deleted_at is null returning ${COLUMNS}`,
    [
      id,
      project_id,
      change.title ?? null,
      change.is_public ?? null,
      change.score !== undefined,
      change.score ?? null,
    ],
  )
  return row
}

/**
 * Takes a thread out of all lists, with what was said in it. Its requests stay in the ledger, for
 * they were paid for. False when there is none.
 */
export async function deleteThread(
  database: Database,
  id: string,
  projectId: string,
): Promise<boolean> {
  return database.transaction(async (query) => {
    const deleted = await query<{ id: string }>(
      `update threads set deleted_at = now(), title = null
       where id = $1 and project_id = $2 and deleted_at is null returning id`,
      [id, projectId],
    )
    if (deleted.length === 0) return false
    await query('update thread_counts set total = total - 1 where project_id = $1', [projectId])
    await query(
      `delete from bodies using requests
       where requests.project_id = $2 and requests.thread_id = $1
         and bodies.request_id = requests.request_id and bodies.created_at = requests.created_at`,
      [id, projectId],
    )
    return true
  })
}

/** Threads that a user has spoken in keep no title, for it may be the user's words, and no name. */
export async function eraseUser(
  database: Database,
  projectId: string,
  userId: string,
): Promise<{ readonly unnamed_threads: number }> {
  const rows = await database.query<{ id: string }>(
    `update threads set title = null, user_id = null, is_public = false
     where project_id = $1 and user_id = $2 returning id`,
    [projectId, userId],
  )
  return { unnamed_threads: rows.length }
}
