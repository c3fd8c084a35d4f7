import type { Database } from '#core'

/**
 * Takes a user's name out of what was added up. The hours are added up anew, of requests that no
 * longer name the user; until then they are read request by request.
 */
export async function eraseUser(
  database: Database,
  projectId: string,
  userId: string,
): Promise<{ readonly unnamed_reports: number }> {
  return database.transaction(async (query) => {
    const where = `project_id = $1 and dimension = 'user' and position($2 in sums::text) > 0`
    const values = [projectId, JSON.stringify(userId)]
    await query(
      `update usage_rollup_hours set is_stale = true
       where starts_at in (select starts_at from usage_rollups where grain = 'hour' and ${where})`,
      values,
    )
    const rows = await query<{ grain: string }>(
      `delete from usage_rollups where ${where} returning grain`,
      values,
    )
    return { unnamed_reports: rows.length }
  })
}
