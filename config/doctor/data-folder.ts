import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'

import { readOwner } from '../../core/database/folder-owner.ts'
import { reasonOf, type Finding } from './finding.ts'

/** Whether the gateway's own files can be written, and who has locked them. */
export function checkDataFolder(folder: string): Finding {
  const name = 'Data folder'
  try {
    accessSync(nearestFolder(folder), constants.W_OK | constants.X_OK)
  } catch (error) {
    return {
      name,
      status: 'failed',
      message: `${folder} cannot be written to: ${reasonOf(error)}.`,
      fix: 'Give this user the right to, or set TAPGATE_DATA to another folder.',
    }
  }
  if (!existsSync(folder)) {
    return { name, status: 'ok', message: `${folder} will be made by the first start.` }
  }
  const owner = readOwner(folder)
  const isUsed = owner !== undefined && isAlive(owner.pid)
  const lock = isUsed ? `in use by process ${owner.pid}` : 'not in use'
  return { name, status: 'ok', message: `${folder} can be written to; ${lock}.` }
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
