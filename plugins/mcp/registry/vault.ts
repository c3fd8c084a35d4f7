import type { Sealer } from '#core'

import type { ServerKey, ServerRow, Storable } from './server-table.ts'
import type { ServerSecrets, StoredServer } from './stored-server.ts'

/** Seals the secrets of servers for the database, and opens them. */
export interface Vault {
  close(key: ServerKey, stored: StoredServer): Storable
  /** Undefined when they can not be read: the gateway's secret is another one than it was. */
  open(row: ServerRow): StoredServer | undefined
}

export function createVault(sealer: Sealer): Vault {
  return {
    close: (key, { settings, secrets }) => ({
      settings,
      sealed: sealer.seal(secrets, boundTo(key.projectId, key.name)).toString('base64'),
    }),
    open({ project_id: projectId, name, settings, sealed }) {
      const opened = sealer.open(Buffer.from(sealed, 'base64'), boundTo(projectId, name))
      // What was sealed by this gateway was checked before.
      return opened === undefined ? undefined : { settings, secrets: opened as ServerSecrets }
    },
  }
}

/** So that a sealed text can not be moved to another server, whose address is somebody else's. */
function boundTo(projectId: string, name: string): readonly string[] {
  return ['mcp-server', projectId, name]
}
