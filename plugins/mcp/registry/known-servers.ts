import type { Logger, McpServer, McpServerSource } from '#core'

import { brokenServer } from './broken-server.ts'
import { type MakeServer, toDefinition } from './definition.ts'
import { retirable, type RetirableServer } from './retirable.ts'
import { DELETED_FOR_DAYS, type ServerRow } from './server-table.ts'
import type { StoredServer } from './stored-server.ts'
import type { Vault } from './vault.ts'

/** The servers of all projects, in memory, ready to be connected to. */
export interface KnownServers extends McpServerSource {
  /** A server as it is stored, with its secrets; undefined when they can not be read. */
  stored(name: string, projectId: string): Known | undefined
  /** The same of a server that callers can use; undefined when it is not one of these. */
  storedOf(server: McpServer, projectId: string): Known | undefined
  /** What the catalogue shows, by name. */
  published(): readonly Known[]
  /** Takes rows of the table in; what was changed is another server from then on. */
  absorb(rows: readonly ServerRow[]): void
  /** Stops all of them. */
  stop(): Promise<void>
}

export interface Known {
  readonly row: ServerRow
  readonly stored: StoredServer | undefined
}

interface Entry extends Known {
  readonly server: McpServer
  /** Absent when it can not be connected to. */
  readonly running: RetirableServer | undefined
}

export interface KnownServersParts {
  readonly makeServer: MakeServer
  readonly vault: Vault
  /** Whether commands may be run on this machine. */
  readonly allowsCommands: boolean
  readonly log: Logger
}

export function createKnownServers(parts: KnownServersParts): KnownServers {
  const { makeServer, vault, allowsCommands, log } = parts
  const projects = new Map<string, Map<string, Entry>>()

  function learn(row: ServerRow): void {
    const project = projects.get(row.project_id) ?? new Map<string, Entry>()
    projects.set(row.project_id, project)
    const before = project.get(row.name)
    if (before && before.row.revision >= row.revision && !isMadeAfter(row, before.row)) return
    const stored = row.deleted_at ? undefined : vault.open(row)
    // Publishing changes nothing for those who use it.
    const isSame = before && stored && sameServer(before.stored, stored)
    const made = isSame ? before : make(row, stored)
    project.set(row.name, { row, stored, server: made.server, running: made.running })
    if (before && !isSame) before.running?.retire()
  }

  function forgetDeleted(): void {
    const before = Date.now() - DELETED_FOR_DAYS * 86_400_000
    for (const project of projects.values()) {
      for (const [name, { row }] of project) {
        if (row.deleted_at && row.deleted_at.getTime() < before) project.delete(name)
      }
    }
  }

  function make(
    row: ServerRow,
    stored: StoredServer | undefined,
  ): Pick<Entry, 'server' | 'running'> {
    const { project_id: projectId, name, settings } = row
    const broken = (message: string): Pick<Entry, 'server' | 'running'> => ({
      server: brokenServer({ name, projectId, transport: settings.type ?? 'http' }, message),
      running: undefined,
    })
    if (row.deleted_at) return broken('It was deleted.')
    if (!stored)
      return broken('Its secrets can not be read: the secret of the gateway has changed.')
    if (settings.type === 'stdio' && !allowsCommands) {
      return broken('It is a command, which this gateway runs for config files only.')
    }
    try {
      const running = retirable(makeServer(toDefinition(projectId, name, stored)), (fault) =>
        log.warn('An MCP server could not be stopped.', { server: name, because: String(fault) }),
      )
      return { server: running.server, running }
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      log.error('A stored MCP server can not be made.', { server: name, projectId, because })
      return broken(because)
    }
  }

  function entry(name: string, projectId: string): Entry | undefined {
    const found = projects.get(projectId)?.get(name)
    return found?.row.deleted_at === null ? found : undefined
  }

  function all(): readonly Entry[] {
    return [...projects.values()].flatMap((project) => [...project.values()])
  }

  return {
    find: (name, projectId) => entry(name, projectId)?.server,
    list: (projectId) =>
      [...(projects.get(projectId)?.values() ?? [])]
        .filter(({ row }) => row.deleted_at === null)
        .toSorted((one, other) => one.row.created_at.getTime() - other.row.created_at.getTime())
        .map(({ server }) => server),
    stored: entry,
    // The config file may have come to declare a server of the same name.
    storedOf(server, projectId) {
      const found = entry(server.name, projectId)
      return found?.server === server ? found : undefined
    },
    published: () =>
      all()
        .filter(({ row }) => row.visibility === 'public' && row.deleted_at === null)
        .toSorted((one, other) => (one.row.name < other.row.name ? -1 : 1)),
    absorb(rows) {
      for (const row of rows) learn(row)
      if (rows.length > 0) forgetDeleted()
    },
    async stop() {
      await Promise.all(all().flatMap(({ running }) => running?.stop() ?? []))
    },
  }
}

/** Of a server whose row was forgotten meanwhile, the revisions are counted anew. */
function isMadeAfter(row: ServerRow, before: ServerRow): boolean {
  return before.deleted_at !== null && row.created_at > before.deleted_at
}

function sameServer(one: StoredServer | undefined, other: StoredServer): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
