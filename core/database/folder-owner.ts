import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Who runs the database of a data folder. It tells others where to find it; the lock decides. */
export interface FolderOwner {
  /** The process id of the gateway. */
  readonly pid: number
  /** The process id of the database itself. */
  readonly enginePid: number
  /** Where its database listens: the path of a socket or the name of a pipe. */
  readonly address: string
}

/** Who has the folder now, or had it when it was last used and did not end well. */
export function readOwner(folder: string): FolderOwner | undefined {
  try {
    const owner: unknown = JSON.parse(readFileSync(fileIn(folder), 'utf8'))
    return isOwner(owner) ? owner : undefined
  } catch {
    return undefined
  }
}

/** Renamed into place, so that nobody reads half of it. */
export function writeOwner(folder: string, owner: FolderOwner): void {
  const draft = `${fileIn(folder)}.new`
  writeFileSync(draft, JSON.stringify(owner))
  renameSync(draft, fileIn(folder))
}

/** Says that nobody has the folder any more. */
export function removeOwner(folder: string): void {
  rmSync(fileIn(folder), { force: true })
}

function fileIn(folder: string): string {
  return join(folder, 'database.owner.json')
}

function isOwner(value: unknown): value is FolderOwner {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'enginePid' in value &&
    typeof value.enginePid === 'number' &&
    'address' in value &&
    typeof value.address === 'string'
  )
}
