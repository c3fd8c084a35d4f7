import type { Database, GuardDirectory, GuardPolicy, GuardReference, GuardUses } from '#core'

import type { KnownKeys } from './known-keys.ts'
import type { KnownProjects } from './known-projects.ts'

/** The guards of the project, then those of the key, from memory. */
export function createGuardPolicy(keys: KnownKeys, projects: KnownProjects): GuardPolicy {
  return ({ keyId, projectId }) => {
    const ofProject = projects.find(projectId)?.guards ?? NONE
    const ofKey = keyId === undefined ? NONE : keys.guardsOf(keyId)
    if (ofKey.length === 0) return ofProject
    return ofProject.length === 0 ? ofKey : [...ofProject, ...ofKey]
  }
}

const NONE: readonly GuardReference[] = []

/** The rows, once the guards that they name are known here: they may be as new as the policy. */
export async function withGuards<Row extends { readonly guards: readonly GuardReference[] }>(
  rows: readonly Row[],
  directory: Pick<GuardDirectory, 'refresh'>,
): Promise<readonly Row[]> {
  if (rows.some(({ guards }) => guards.length > 0)) await directory.refresh()
  return rows
}

/** The project, and the keys that can still be used, whose policy names a guard. */
export function createGuardUses(database: Database): GuardUses {
  return async (id, projectId) => {
    const names = "exists (select 1 from json_array_elements(guards) as one where one->>'id' = $1)"
    const rows = await database.query<{ user: string }>(
      `select 'the project "' || name || '"' as user from projects
       where id = $2 and archived_at is null and ${names}
       union all
       select 'the key "' || name || '" (' || id || ')' from api_keys
       where project_id = $2 and revoked_at is null and ${names}
         and (expires_at is null or expires_at > now())`,
      [id, projectId],
    )
    return rows.map(({ user }) => user)
  }
}
