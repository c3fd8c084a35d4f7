import { followTable, type Database, type Logger, type McpTool, type TableFollower } from '#core'

import { pin, pinFirst, pinsChangedSince, type PinKey, type PinRow } from './pin-table.ts'
import { definitionOf, hashOf } from './tool-definition.ts'

/** What every picked tool was when it was accepted, in memory: a call needs no database. */
export interface Pins extends Pick<TableFollower, 'start' | 'refresh' | 'stop'> {
  find(key: PinKey): PinRow | undefined
  /** The pin of a tool; one that was never seen is accepted as it is. Throws while the database is away. */
  findOrAccept(key: PinKey, tool: McpTool): Promise<PinRow | undefined>
  /** Accepts a tool as it is now. */
  accept(key: PinKey, tool: McpTool): Promise<PinRow | undefined>
  /** Is told when the tools of a virtual server may have become others. */
  onChange(tell: (virtualServer: string) => void): void
}

export function createPins(database: Database, log: Logger): Pins {
  const known = new Map<string, PinRow>()
  const tellings: ((virtualServer: string) => void)[] = []

  function absorb(rows: readonly PinRow[]): void {
    for (const row of rows) {
      const key = textOf(row.project_id, row.virtual_server, row.tool)
      const before = known.get(key)
      if (before && before.changed_at > row.changed_at) continue
      known.set(key, row)
      if (before?.hash === row.hash) continue
      for (const tell of tellings) tell(row.virtual_server)
    }
  }

  function learn(row: PinRow | undefined): PinRow | undefined {
    if (row) absorb([row])
    return row
  }

  const find = ({ projectId, virtualServer, tool }: PinKey): PinRow | undefined =>
    known.get(textOf(projectId, virtualServer, tool))

  const follower = followTable<PinRow>({
    what: 'pinned tools',
    log,
    read: (since) => pinsChangedSince(database, since),
    absorb,
  })

  return {
    ...follower,
    find,
    async findOrAccept(key, tool) {
      return find(key) ?? learn(await pinFirst(database, key, pinned(tool)))
    },
    accept: async (key, tool) => learn(await pin(database, key, pinned(tool))),
    onChange: (tell) => void tellings.push(tell),
  }
}

export function pinned(tool: McpTool): Pick<PinRow, 'hash' | 'definition'> {
  return { hash: hashOf(tool), definition: definitionOf(tool) }
}

function textOf(...parts: readonly string[]): string {
  return parts.join('\n')
}
