import type { Logger, McpDirectory, McpServerSource } from '#core'

import type { Pins } from './pins.ts'
import { type Plan, readPlan } from './plan.ts'
import type { ServerRow } from './server-table.ts'
import { createVirtualServer, type VirtualServer } from './virtual-server.ts'

/** The virtual servers of the config file and of all projects, in memory. */
export interface KnownServers extends McpServerSource {
  list(projectId: string): readonly VirtualServer[]
  find(name: string, projectId: string): VirtualServer | undefined
  configured(): readonly VirtualServer[]
  /** The row of a server that a project made. */
  row(name: string, projectId: string): ServerRow | undefined
  /** Takes rows of the table in. */
  absorb(rows: readonly ServerRow[]): void
}

export interface KnownServersParts {
  /** Of the config file, by name. */
  readonly plans: ReadonlyMap<string, Plan>
  readonly mcp: McpDirectory
  readonly pins: Pins
  readonly log: Logger
}

interface Known {
  readonly row: ServerRow
  readonly server: VirtualServer
}

export function createKnownServers(parts: KnownServersParts): KnownServers {
  const { plans, mcp, pins, log } = parts
  const configured = new Map<string, VirtualServer>()
  const projects = new Map<string, Map<string, Known>>()

  for (const [name, plan] of plans) {
    const made = { name, plan, source: 'config', projectId: null, mcp, pins, log } as const
    configured.set(name, createVirtualServer(made))
  }
  pins.onChange((name) => {
    for (const server of [configured.get(name), ...storedNamed(name)]) server?.tellToolsChanged()
  })

  function storedNamed(name: string): readonly (VirtualServer | undefined)[] {
    return [...projects.values()].map((project) => project.get(name)?.server)
  }

  function learn(row: ServerRow): void {
    const { project_id: projectId, name, revision } = row
    const project = projects.get(projectId) ?? new Map<string, Known>()
    projects.set(projectId, project)
    const before = project.get(name)
    if (before && before.row.revision >= revision) return
    const plan = row.deleted_at ? undefined : planOf(row, log)
    if (before) {
      before.server.become(plan)
      project.set(name, { row, server: before.server })
    } else if (plan) {
      const made = { name, plan, source: 'api', projectId, mcp, pins, log } as const
      project.set(name, { row, server: createVirtualServer(made) })
    }
  }

  function known(name: string, projectId: string): Known | undefined {
    const found = projects.get(projectId)?.get(name)
    return found?.server.plan && found
  }

  function find(name: string, projectId: string): VirtualServer | undefined {
    return configured.get(name) ?? known(name, projectId)?.server
  }

  return {
    find,
    list(projectId) {
      const own = [...(projects.get(projectId)?.values() ?? [])]
        .filter(({ server }) => server.plan !== undefined && !configured.has(server.name))
        .toSorted((one, other) => one.row.created_at.getTime() - other.row.created_at.getTime())
      return [...configured.values(), ...own.map(({ server }) => server)]
    },
    configured: () => [...configured.values()],
    row: (name, projectId) => (configured.has(name) ? undefined : known(name, projectId)?.row),
    absorb(rows) {
      for (const row of rows) learn(row)
    },
  }
}

/** A definition of an older version of the gateway may be one that is not valid any more. */
function planOf(
  { name, definition, project_id: project }: ServerRow,
  log: Logger,
): Plan | undefined {
  try {
    return readPlan(definition)
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    log.error('A virtual server can not be made.', { virtualServer: name, project, because })
    return undefined
  }
}
