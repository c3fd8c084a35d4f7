import type { Check, Database, GuardDirectory } from '#core'

import { allKeys } from './key-table.ts'
import { projectsChangedSince } from './project-table.ts'

/** What `tapgate doctor` says of the guards that projects and keys name. */
export function policyCheck(database: Database, directory: GuardDirectory): Check {
  return {
    name: 'Policies',
    async run() {
      await directory.refresh()
      const projects = (await projectsChangedSince(database, undefined))
        .filter((row) => !row.archived_at)
        .map((row) => ({ ...row, who: `The project "${row.name}"`, projectId: row.id }))
      const keys = (await allKeys(database))
        .filter((row) => !row.revoked_at)
        .map((row) => ({ ...row, who: `The key "${row.name}"`, projectId: row.project_id }))
      const named = [...projects, ...keys].flatMap(({ who, projectId, guards }) =>
        guards.map(({ id }) => ({ who, projectId, id })),
      )
      const [gone] = named.filter(({ id, projectId }) => !directory.find(id, projectId))
      if (named.length === 0) {
        return { status: 'ok', message: 'No project and no key imposes a guard.' }
      }
      if (!gone) return { status: 'ok', message: 'All guards that they impose are there.' }
      return {
        status: 'failed',
        message: `${gone.who} names the guard "${gone.id}", which does not exist: its requests are refused.`,
        fix: 'Declare the guard in the config file, or take it out of the "guards" of the project or key.',
      }
    },
  }
}
