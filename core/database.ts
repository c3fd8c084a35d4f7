import { AsyncLocalStorage } from 'node:async_hooks'

import type { PoolClient, QueryResult } from 'pg'

import { isConnectionFault } from './database/connection-fault.ts'
import { createConnections } from './database/connections.ts'
import { createEmbeddedHome } from './database/embedded-home.ts'
import { createPostgresHome } from './database/postgres-home.ts'

/** Where the data is kept. */
export interface DatabaseSettings {
  /** A `postgres://` address. Without one an embedded database is used, in the data folder. */
  readonly url?: string | undefined
  /** The data folder, `.tapgate`. It is made when it is missing. */
  readonly folder: string
  /**
   * For the embedded database: `own` (the default) runs it and locks the folder; `attach` uses the
   * one that a running gateway owns, and owns it when none runs.
   */
  readonly mode?: 'own' | 'attach' | undefined
  /** Connections at most: by default 10 to PostgreSQL, 4 to the embedded database. */
  readonly poolSize?: number | undefined
}

/**
 * Runs one statement, with `$1`, `$2`, … for the values, and gives its rows. Without values it may
 * be several statements. A bigint comes as a number while that is exact, else as a string; numeric
 * and date as strings; timestamptz as a `Date`.
 *
 * Throws the `DatabaseError` of `pg` for what PostgreSQL objects to, a `SetupError` when the
 * database cannot be reached. A statement that was under way then may have been carried out.
 */
export type Query = <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>

/**
 * The PostgreSQL that everything is kept in, a server or embedded. Nothing connects before `open`
 * or the first query. The embedded one has a single session that all share, so what belongs to a
 * session cannot be relied on: `set`, temporary tables, advisory locks, `listen`, `statement_timeout`.
 */
export interface Database {
  readonly kind: 'postgres' | 'embedded'
  /** Starts the embedded database, and checks the connection. Throws a `SetupError`. Safe to call twice. */
  open(): Promise<void>
  readonly query: Query
  /** Runs the work in a transaction, which is rolled back if it throws. Only the query it is given belongs to it. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>
  /** Safe to call twice, and when never opened. */
  close(): Promise<void>
}

const rolledBack =
  'The transaction was rolled back, as one of its queries had failed and the failure was passed over.'

/** Describes a database. It is not opened yet. */
export function createDatabase(settings: DatabaseSettings): Database {
  const home = settings.url
    ? createPostgresHome(settings.url)
    : createEmbeddedHome(settings.folder, settings.mode ?? 'own')
  const connections = createConnections(home, settings.poolSize)
  /** Connections that are not to be used again. */
  const lost = new WeakSet<PoolClient>()
  const currentTransaction = new AsyncLocalStorage<{ isOpen: boolean }>()

  async function run<Row extends object>(
    client: PoolClient,
    sql: string,
    values: readonly unknown[] = [],
    limitMs?: number,
  ): Promise<QueryResult<Row>> {
    try {
      const limit = limitMs === undefined ? {} : { query_timeout: limitMs }
      return await client.query<Row>({ text: sql, values: [...values], ...limit })
    } catch (error) {
      if (!isConnectionFault(error)) throw error
      lost.add(client)
      throw home.explain(error)
    }
  }

  async function connect(): Promise<PoolClient> {
    // In the embedded database it would wait for the transaction that waits for it.
    if (currentTransaction.getStore()?.isOpen) {
      throw new Error('Inside a transaction, use the query that the transaction gives.')
    }
    return connections.connect()
  }

  return {
    kind: home.kind,
    open: () => connections.open(),
    close: () => connections.close(),

    async query<Row extends object>(sql: string, values?: readonly unknown[]) {
      const client = await connect()
      try {
        return rowsOf(await run<Row>(client, sql, values, home.longestQueryMs))
      } finally {
        client.release(lost.has(client))
      }
    },

    async transaction(work) {
      const client = await connect()
      const transaction = { isOpen: true }
      try {
        await run(client, 'begin')
        const result = await currentTransaction.run(transaction, () =>
          work(async <Row extends object>(sql: string, values?: readonly unknown[]) => {
            if (!transaction.isOpen) throw new Error('The transaction of this query has ended.')
            return rowsOf(await run<Row>(client, sql, values))
          }),
        )
        const { command } = await run(client, 'commit')
        if (command !== 'COMMIT') throw new Error(rolledBack)
        return result
      } catch (error) {
        await run(client, 'rollback')
        throw error
      } finally {
        transaction.isOpen = false
        client.release(lost.has(client))
      }
    },
  }
}

/** Several statements give several results, of which the last counts. */
function rowsOf<Row extends object>(result: QueryResult<Row> | QueryResult<Row>[]): Row[] {
  return [result].flat().at(-1)?.rows ?? []
}
