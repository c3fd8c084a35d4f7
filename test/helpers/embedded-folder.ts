import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

import { afterEach, beforeEach } from 'vitest'

import { createDatabase, type Database, type DatabaseSettings } from '../../core/database.ts'
import type { WriterMessage } from './database-writer.ts'
import { makeTestDatabase } from './database.ts'

/** A data folder with an empty embedded database, another one for each test. */
export interface EmbeddedFolder {
  readonly folder: string
  /** A database in this folder, or another, not opened yet. */
  database(mode?: DatabaseSettings['mode'], folder?: string): Database
  startWriter(options?: { detached?: boolean }): Writer
  /** The rows that writers have written, read once they are gone. */
  rows(): Promise<string[]>
}

/** What a test opens and starts in the folder is closed and ended after it. */
export function useEmbeddedFolder(): EmbeddedFolder {
  let folder: string
  const databases: Database[] = []
  const writers: Writer[] = []

  beforeEach(async () => {
    ;({ folder } = await makeTestDatabase('embedded'))
  })

  afterEach(async () => {
    await Promise.all(databases.splice(0).map((database) => database.close()))
    await Promise.all(writers.splice(0).map((writer) => writer.end('SIGKILL')))
  })

  const data: EmbeddedFolder = {
    get folder() {
      return folder
    },
    database(mode, inFolder = folder) {
      const database = createDatabase({ folder: inFolder, mode })
      databases.push(database)
      return database
    },
    startWriter(options) {
      const writer = startWriter(folder, options)
      writers.push(writer)
      return writer
    },
    async rows() {
      const rows = await data.database().query<{ id: string }>('select id from rows')
      return rows.map(({ id }) => id)
    },
  }
  return data
}

/** A process that plays a gateway and writes rows, see `database-writer.ts`. */
export interface Writer {
  readonly process: ChildProcess
  /** The rows it was told are written. */
  readonly rows: string[]
  readonly failures: object[]
  readonly isGone: Promise<unknown>
  isClosed(): boolean
  /** Waits for so many more rows. */
  hasWritten(count: number): Promise<void>
  hasFailed(): Promise<void>
  end(signal: NodeJS.Signals): Promise<void>
}

/** Starts one on a data folder. `detached` gives it a process group of its own, as a terminal would. */
function startWriter(folder: string, { detached = false } = {}): Writer {
  const program = new URL('./database-writer.ts', import.meta.url)
  const child = fork(program, [folder], { detached, execArgv: [] })
  const isGone = once(child, 'exit')
  const rows: string[] = []
  const failures: object[] = []
  let isClosed = false
  child.on('message', (message: WriterMessage) => {
    if (message.event === 'written') rows.push(message.row)
    if (message.event === 'failed') failures.push(message)
    if (message.event === 'closed') isClosed = true
  })

  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await once(child, 'message')
  }
  const writer: Writer = {
    process: child,
    rows,
    failures,
    isGone,
    isClosed: () => isClosed,
    hasWritten: (count) => {
      const goal = rows.length + count
      return until(() => rows.length >= goal)
    },
    hasFailed: () => {
      const before = failures.length
      return until(() => failures.length > before)
    },
    async end(signal) {
      child.kill(signal)
      await isGone
    },
  }
  return writer
}
