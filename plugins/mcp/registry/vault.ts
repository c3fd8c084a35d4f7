import type { Sealer } from './seal.ts'
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
      sealed: sealer.seal(secrets, boundTo(key.projectId, key.name)),
    }),
    open({ project_id: projectId, name, settings, sealed }) {
      try {
        // What was sealed by this gateway was checked before.
        return { settings, secrets: sealer.open(sealed, boundTo(projectId, name)) as ServerSecrets }
      } catch {
        return undefined
      }
    },
  }
}

/** So that a sealed text can not be moved to another server, whose address is somebody else's. */
function boundTo(projectId: string, name: string): readonly string[] {
  return ['mcp-server', projectId, name]
}
