import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { SetupError } from '../setup-error.ts'
import { readOwner, removeOwner, writeOwner, type FolderOwner } from './folder-owner.ts'

/** The right to open the database of a folder. It ends with the process at the latest. */
export interface FolderLock {
  release(): void
}

/** How long a database may take to notice that its gateway was killed, and close. */
const orphanTimeoutMs = 5_000

/** https://sqlite.org/rescode.html#busy */
const sqliteBusy = 5

/**
 * Takes the folder for this process, or throws `data_folder_locked`. When the gateway that had it
 * is dead, this waits until its database has closed too.
 *
 * The lock is one of the operating system's, by way of SQLite, as Node offers no other. It is
 * gone when the process is, however that ended: so it is never stale, and nobody has to guess
 * from a process id whether it may be taken over.
 */
export function lockFolder(folder: string, owner: FolderOwner): FolderLock {
  let file: DatabaseSync | undefined
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    file = tryLock(folder, 0)
    const former = readOwner(folder)
    if (!file && !(former && isAlive(former.pid))) file = tryLock(folder, orphanTimeoutMs)
    if (file) writeOwner(folder, owner)
  } catch (error) {
    throw unusable(folder, error)
  }
  if (!file) throw locked(folder)
  return {
    release() {
      removeOwner(folder)
      file.close()
    },
  }
}

/** Undefined when another process has the lock, and keeps it for as long as this waits. */
function tryLock(folder: string, timeoutMs: number): DatabaseSync | undefined {
  const file = new DatabaseSync(join(folder, 'database.lock'), { timeout: timeoutMs })
  try {
    file.exec('BEGIN EXCLUSIVE')
    return file
  } catch (error) {
    file.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function locked(folder: string): SetupError {
  const owner = readOwner(folder)
  return new SetupError(
    'data_folder_locked',
    `Another Tapgate${owner ? ` (process ${owner.pid})` : ''} uses ${folder}.`,
    'Stop it or set TAPGATE_DATA to another folder.',
  )
}

function unusable(folder: string, error: unknown): SetupError {
  const reason = error instanceof Error ? error.message : String(error)
  return new SetupError(
    'data_folder_unusable',
    `The data folder ${folder} cannot be used: ${reason}.`,
    'Make it writable for this user, with room to write, or set TAPGATE_DATA to another folder.',
    { cause: error },
  )
}
