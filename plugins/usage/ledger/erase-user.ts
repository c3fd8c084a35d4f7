import type { Database } from '#core'

/**
 * Erases what a project keeps of a user: all that was said in the user's name, and who it was in the
 * rows of requests. Other facts of the rows stay, among them the tags of the request.
 */
export async function eraseUser(
  database: Database,
  projectId: string,
  userId: string,
): Promise<{ readonly erased_bodies: number; readonly unnamed_requests: number }> {
  return database.transaction(async (query) => {
    const [bodies] = await query<{ count: number }>(
      `with gone as (delete from bodies where project_id = $1 and user_id = $2 returning 1)
       select count(*) as count from gone`,
      [projectId, userId],
    )
    const [requests] = await query<{ count: number }>(
      `with changed as (
         update requests set user_id = null, user_name = null, user_tags = null
         where project_id = $1 and user_id = $2 returning 1
       )
       select count(*) as count from changed`,
      [projectId, userId],
    )
    return { erased_bodies: bodies?.count ?? 0, unnamed_requests: requests?.count ?? 0 }
  })
}
