import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { DatabaseError } from 'pg'

import type { Database, Query } from './database.ts'
import { SetupError } from './setup-error.ts'

/** The tables of one plugin, as a folder of `NNNN-name.sql` files that build them up. */
export interface MigrationSet {
  readonly plugin: string
  readonly folder: URL
}

interface Migration {
  readonly plugin: string
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

const fileName = /^\d{4}-[a-z0-9-]+\.sql$/

/** Any number does, as long as nothing else in the database locks by it. */
const lockKey = 7_220_501

const createRecord = `
  create table if not exists tapgate_migrations (
    plugin text not null,
    name text not null,
    checksum text not null,
    applied_at timestamptz not null default now(),
    primary key (plugin, name)
  )`

/**
 * Brings the tables up to date: runs each file that has not run yet, in order, in a transaction of
 * its own, and gives what it ran, as `plugin/name`. Several processes may do this at once.
 *
 * Throws a `SetupError` when a file fails (what it did is undone, what ran before it stays), when
 * one that already ran has been changed, and when a name is not of the form `0001-name.sql`.
 */
export async function migrate(
  database: Database,
  sets: readonly MigrationSet[],
): Promise<readonly string[]> {
  const [read, applied] = await Promise.all([Promise.all(sets.map(readSet)), readApplied(database)])
  const ran: string[] = []
  for (const migration of read.flat()) {
    if (isApplied(migration, applied)) continue
    if (await apply(database, migration)) ran.push(titleOf(migration))
  }
  return ran
}

async function readSet(set: MigrationSet): Promise<Migration[]> {
  const { plugin } = set
  const folder = fileURLToPath(set.folder)
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name, index) => {
      const sameNumber = names[index + 1]?.slice(0, 4) === name.slice(0, 4)
      if (!fileName.test(name) || sameNumber) throw misnamed(plugin, name)
      // Git may write other line ends on another machine.
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
      return { plugin, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/** Runs it, unless another process has done so in the meantime. */
function apply(database: Database, migration: Migration): Promise<boolean> {
  return exclusively(database, async (query) => {
    if (isApplied(migration, await selectApplied(query))) return false
    const { plugin, name, sql, checksum } = migration
    try {
      await query(sql)
    } catch (error) {
      throw failed(migration, error)
    }
    await query('insert into tapgate_migrations (plugin, name, checksum) values ($1, $2, $3)', [
      plugin,
      name,
      checksum,
    ])
    return true
  })
}

/** The checksums of what ran, by title. */
type Applied = ReadonlyMap<string, string>

async function readApplied(database: Database): Promise<Applied> {
  const [record] = await database.query<{ exists: boolean }>(
    `select to_regclass('tapgate_migrations') is not null as exists`,
  )
  // Two that create a table at once can both fail, even with "if not exists".
  if (!record?.exists) await exclusively(database, (query) => query(createRecord))
  return selectApplied((sql) => database.query(sql))
}

async function selectApplied(query: Query): Promise<Applied> {
  const rows = await query<Pick<Migration, 'plugin' | 'name' | 'checksum'>>(
    'select plugin, name, checksum from tapgate_migrations',
  )
  return new Map(rows.map((row) => [titleOf(row), row.checksum]))
}

function isApplied(migration: Migration, applied: Applied): boolean {
  const checksum = applied.get(titleOf(migration))
  if (checksum !== undefined && checksum !== migration.checksum) throw changed(migration)
  return checksum !== undefined
}

/**
 * A transaction that waits for those of other processes. In the embedded database the lock is
 * held by all at once, as they share a session, but there transactions wait for each other anyway.
 */
function exclusively<T>(database: Database, work: (query: Query) => Promise<T>): Promise<T> {
  return database.transaction(async (query) => {
    await query('select pg_advisory_xact_lock($1)', [lockKey])
    return work(query)
  })
}

function titleOf({ plugin, name }: Pick<Migration, 'plugin' | 'name'>): string {
  return `${plugin}/${name}`
}

function failed(migration: Migration, error: unknown): SetupError {
  const reason = error instanceof Error ? error.message : String(error)
  const at = error instanceof DatabaseError ? Number(error.position) : NaN
  const line = at ? ` in line ${migration.sql.slice(0, at).split('\n').length}` : ''
  return new SetupError(
    'migration_failed',
    `The migration ${titleOf(migration)} failed${line}: ${reason}.`,
    'Nothing of it was kept. Mend it and start again.',
    { cause: error },
  )
}

function changed(migration: Migration): SetupError {
  return new SetupError(
    'migration_changed',
    `The migration ${titleOf(migration)} has been changed since it ran on this database.`,
    'Restore the file as it was, and write what is new in a migration of its own.',
  )
}

function misnamed(plugin: string, name: string): SetupError {
  return new SetupError(
    'migration_misnamed',
    `The migration ${plugin}/${name} needs a name like 0001-name.sql, with a number of its own.`,
    'Rename the file.',
  )
}
