import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { PGlite } from '@electric-sql/pglite'

import { SetupError } from '../setup-error.ts'
import { maxStackDepth } from './stack-depth.ts'

const settings = {
  // The default of 128 MB is touched at start, and the operating system caches the files anyway.
  shared_buffers: '16MB',
  max_stack_depth: maxStackDepth,
}

/** Whether the folder has a database, complete and ready to open. */
export function hasDatabase(folder: string): boolean {
  return existsSync(databaseIn(folder))
}

/**
 * Makes an empty database in the folder. It appears there only when it is complete. The process
 * should end afterwards: this takes some 500 MB, which WebAssembly never gives back.
 */
export async function initialiseDatabase(folder: string): Promise<void> {
  const draft = join(folder, 'database.new')
  rmSync(draft, { recursive: true, force: true })
  const engine = await startEngine(draft)
  await engine.close()
  renameSync(draft, databaseIn(folder))
}

/** Opens the folder's database. PGlite itself lets two processes do this, and rows are then lost. */
export function openEngine(folder: string): Promise<PGlite> {
  return startEngine(databaseIn(folder))
}

function databaseIn(folder: string): string {
  return join(folder, 'database')
}

async function startEngine(dataDir: string): Promise<PGlite> {
  let lastWords = ''
  try {
    return await PGlite.create({
      dataDir,
      startParams: [
        ...PGlite.defaultStartParams,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      onStderr(line) {
        // After a panic (a full disk, say) PGlite stays up and answers nothing but nonsense.
        if (line.startsWith('Aborted(')) endProcess(lastWords)
        if (/\b(FATAL|PANIC):/.test(line)) lastWords = line
        return false
      },
    })
  } catch (error) {
    throw new SetupError(
      'data_folder_unusable',
      `The database in ${dataDir} cannot be opened: ${lastWords || String(error)}.`,
      'Restore it from a backup, or move it away to start with an empty one.',
      { cause: error },
    )
  }
}

function endProcess(reason: string): never {
  process.stderr.write(`The embedded database stops: ${reason}\n`)
  process.exit(1)
}
