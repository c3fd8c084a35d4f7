import { setTimeout as sleep } from 'node:timers/promises'

import { Pool, type PoolClient } from 'pg'

import type { DatabaseHome } from './home.ts'
import { PatientSocket } from './patient-socket.ts'
import { valueTypes } from './value-types.ts'

/** The connections to the database, which is opened for the first of them. */
export interface Connections {
  open(): Promise<void>
  /** Lends a connection; `release` it. Throws a `SetupError` when there is none to be had. */
  connect(): Promise<PoolClient>
  close(): Promise<void>
}

/** How long `close` waits for queries that are under way. */
const closeTimeoutMs = 5_000

/** Keeps up to `poolSize` connections to a database. */
export function createConnections(home: DatabaseHome, poolSize?: number): Connections {
  let opening: Promise<Pool> | undefined
  let closing: Promise<void> | undefined

  async function openPool(): Promise<Pool> {
    const pool = new Pool({
      types: valueTypes,
      stream: () => new PatientSocket(),
      ...(await home.open()),
      ...(poolSize && { max: poolSize }),
    })
    // A connection that breaks fails the query it is used for; nobody else needs to know.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    try {
      await pool.query('select 1')
      return pool
    } catch (error) {
      await pool.end()
      throw home.explain(error)
    }
  }

  function poolOnceOpen(): Promise<Pool> {
    if (closing) return Promise.reject(new Error('The database is closed.'))
    if (opening) return opening
    opening = openPool()
    // The next query tries again.
    opening.catch(() => (opening = undefined))
    return opening
  }

  async function closePool(): Promise<void> {
    const pool = await opening?.catch(() => undefined)
    await Promise.race([pool?.end(), sleep(closeTimeoutMs, undefined, { ref: false })])
    await home.close()
  }

  return {
    open() {
      const opened = poolOnceOpen().then(() => {})
      // Whoever opens the database beside other work looks at the outcome later, or at the first query.
      opened.catch(() => {})
      return opened
    },
    async connect() {
      const pool = await poolOnceOpen()
      return pool.connect().catch((error: unknown) => {
        throw home.explain(error)
      })
    },
    close: () => (closing ??= closePool()),
  }
}
