import { existsSync, renameSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { PGlite, type PGliteOptions } from '@electric-sql/pglite'

import { SetupError } from '../setup-error.ts'
import { maxStackDepth } from './stack-depth.ts'

const settings = {
  // The default of 128 MB is touched at start, and the operating system caches the files anyway.
  shared_buffers: '16MB',
  max_stack_depth: maxStackDepth,
}

/** TypeScript knows of it in browsers only. */
declare const WebAssembly: {
  compile(bytes: Buffer): Promise<PGliteOptions['pgliteWasmModule']>
}

const engineFile = new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite'))

/** Begun at once, as it is the same for every database. */
const compiled = readFile(engineFile).then((bytes) => WebAssembly.compile(bytes))

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
    const engine = await PGlite.create({
      dataDir,
      pgliteWasmModule: await compiled,
      startParams: [
        ...PGlite.defaultStartParams,
        ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ],
      onStderr(line) {
        lastWords = /\b(?:FATAL|PANIC): +(.+)/.exec(line)?.[1] ?? lastWords
        return false
      },
    })
    endProcessWhenBroken(engine, (error) => lastWords || String(error))
    return engine
  } catch (error) {
    throw new SetupError(
      'data_folder_unusable',
      `The database in ${dataDir} cannot be opened: ${lastWords || String(error)}.`,
      'Mend what this names, or restore the database from a backup, or move it away to start with an empty one.',
      { cause: error },
    )
  }
}

/**
 * PGlite passes over whatever its WebAssembly throws: a panic (on a full disk, say), and being out
 * of memory or stack. It would then answer with no rows, with nonsense, or never.
 */
function endProcessWhenBroken(engine: PGlite, reasonOf: (error: unknown) => string): void {
  const { Module: postgres } = engine
  const runOnce = postgres._PostgresMainLoopOnce
  postgres._PostgresMainLoopOnce = () => {
    try {
      runOnce()
    } catch (error) {
      if (isOrdinaryError(error)) throw error
      process.stderr.write(`The embedded database stops: ${reasonOf(error)}\n`)
      process.exit(1)
    }
  }
}

/** The jump back to the main loop, after an error that PostgreSQL has dealt with. */
function isOrdinaryError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 100
}
