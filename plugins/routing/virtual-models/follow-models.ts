import { type Database, followTable, type Logger, type TableFollower } from '#core'

import type { KnownModels } from './known-models.ts'
import {
  type ModelRow,
  modelsChangedSince,
  publishedVersions,
  type VersionRow,
} from './model-table.ts'

/** Keeps the known models like the tables: what any gateway publishes is served within seconds. */
export function followModels(database: Database, known: KnownModels, log: Logger): TableFollower {
  const isNew = ({ project_id: projectId, name, revision }: ModelRow): boolean =>
    revision > (known.revision(projectId, name) ?? 0)

  return followTable<ModelRow & { readonly published: readonly VersionRow[] }>({
    what: 'virtual models',
    log,
    async read(since) {
      const rows = (await modelsChangedSince(database, since)).filter(isNew)
      const versions = rows.length > 0 ? await publishedVersions(database, rows) : []
      const byModel = Map.groupBy(versions, keyOf)
      return rows.map((row) => ({ ...row, published: byModel.get(keyOf(row)) ?? [] }))
    },
    absorb(rows) {
      // Another reading may have brought more in the meantime.
      for (const row of rows.filter(isNew)) known.learn(row)
    },
  })
}

function keyOf(row: { readonly project_id: string; readonly name: string }): string {
  return `${row.project_id}/${row.name}`
}
