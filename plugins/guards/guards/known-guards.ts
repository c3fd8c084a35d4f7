import type { Guard, GuardDirectory, GuardSettings, GuardSource, Logger } from '#core'

import type { GuardRow } from './guard-table.ts'
import { toSettings } from './stored-settings.ts'

/** The guards of all projects, in memory. */
export interface KnownGuards extends GuardSource {
  /** Takes rows of the table in. */
  absorb(rows: readonly GuardRow[]): void
  row(id: string, projectId: string): GuardRow | undefined
}

interface Known {
  readonly row: GuardRow
  /** Absent when it was deleted. */
  readonly guard: Guard | undefined
}

export function createKnownGuards(directory: GuardDirectory, log: Logger): KnownGuards {
  const projects = new Map<string, Map<string, Known>>()
  const lists = new Map<string, readonly Guard[]>()

  function learn(row: GuardRow): void {
    const known = projects.get(row.project_id) ?? new Map<string, Known>()
    const before = known.get(row.id)
    if (before && before.row.revision >= row.revision) return
    projects.set(row.project_id, known)
    const guard = row.deleted_at ? undefined : makeGuard(row, directory, log)
    known.set(row.id, { row, guard })
    const inOrder = [...known.values()].toSorted(
      (one, other) => one.row.created_at.getTime() - other.row.created_at.getTime(),
    )
    lists.set(
      row.project_id,
      inOrder.flatMap(({ guard: one }) => one ?? []),
    )
  }

  return {
    list: (projectId) => lists.get(projectId) ?? NONE,
    find: (id, projectId) => projects.get(projectId)?.get(id)?.guard,
    row(id, projectId) {
      const known = projects.get(projectId)?.get(id)
      return known?.guard && known.row
    },
    absorb(rows) {
      for (const row of rows) learn(row)
    },
  }
}

const NONE: readonly Guard[] = []

/** A guard whose kind is gone, or takes its parameters no more, can not judge: so it blocks. */
function makeGuard(row: GuardRow, directory: GuardDirectory, log: Logger): Guard {
  const settings = toSettings(row.id, row.settings, directory)
  try {
    return directory.create(settings)
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error)
    log.error('A guard can not be made, and blocks what it is to judge.', {
      guard: row.id,
      project: row.project_id,
      because,
    })
    return brokenGuard(settings)
  }
}

function brokenGuard(settings: GuardSettings): Guard {
  const { id, stage, action, apply, onError } = settings
  const check = (): never => {
    throw new Error('This guard can not be made.')
  }
  return { id, stage, action, apply, onError, settings, check }
}
