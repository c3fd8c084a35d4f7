import { afterAll, describe, inject } from 'vitest'

import { createDatabase, type Database, type DatabaseSettings } from '../../core/database.ts'

/** Gives the settings of an empty database of its own, which is removed after the test run. */
export async function makeTestDatabase(kind: Database['kind']): Promise<DatabaseSettings> {
  const response = await fetch(`${inject('databaseKeeper')}/${kind}`)
  const place = await response.text()
  if (!response.ok) throw new Error(place)
  return kind === 'postgres' ? { url: place, folder: '' } : { folder: place }
}

/** A database for a gateway that may not need one: made on a PostgreSQL when it is first asked. */
export function lateTestDatabase(): Database {
  let made: Promise<Database> | undefined
  const database = (): Promise<Database> =>
    (made ??= makeTestDatabase('postgres').then(createDatabase))
  return {
    kind: 'postgres',
    open: async () => (await database()).open(),
    query: async (sql, values) => (await database()).query(sql, values),
    transaction: async (work) => (await database()).transaction(work),
    close: async () => (await made)?.close(),
  }
}

/** Opens an empty database; `await using` closes it. */
export type OpenTestDatabase = () => Promise<Database & AsyncDisposable>

/** Runs a suite on a real PostgreSQL and on the embedded database. What it opens is closed after it. */
export function describeDatabases(
  suite: (kind: Database['kind'], openTestDatabase: OpenTestDatabase) => void,
): void {
  describe.each(['postgres', 'embedded'] as const)('on %s', (kind) => {
    const opened: Database[] = []
    suite(kind, async () => {
      const database = createDatabase(await makeTestDatabase(kind))
      opened.push(database)
      await database.open()
      return { ...database, [Symbol.asyncDispose]: () => database.close() }
    })
    afterAll(() => Promise.all(opened.map((database) => database.close())))
  })
}
