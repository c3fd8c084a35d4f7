import { Client, DatabaseError } from 'pg'

import { SetupError } from '../setup-error.ts'
import { reasonOf } from './connection-fault.ts'
import type { DatabaseHome } from './home.ts'

const connectionTimeoutMillis = 10_000

/** A machine that is lost says nothing, not even that it is; the system notices after hours. */
const longestQueryMs = 30_000

/** A PostgreSQL server of the operator's, at a `postgres://` address. */
export function createPostgresHome(url: string): DatabaseHome {
  return {
    kind: 'postgres',
    longestQueryMs,
    async open() {
      whereabouts(url)
      return {
        connectionString: url,
        connectionTimeoutMillis,
        application_name: 'tapgate',
        keepAlive: true,
        // As the embedded database has it, so that days begin at the same time in both.
        options: '-c TimeZone=UTC',
      }
    },
    explain: (error) => explain(error, url),
    async close() {},
  }
}

function explain(error: unknown, url: string): SetupError {
  if (error instanceof SetupError) return error
  const { server, user, database } = whereabouts(url)
  const state = error instanceof DatabaseError ? (error.code ?? '') : ''
  if (state.startsWith('28')) {
    return new SetupError(
      'database_refused',
      `PostgreSQL at ${server} refuses the user "${user}": ${reasonOf(error)}.`,
      'Check the user and the password in DATABASE_URL.',
      { cause: error },
    )
  }
  if (state === '3D000') {
    return new SetupError(
      'database_missing',
      `PostgreSQL at ${server} has no database "${database}".`,
      'Create it, or name another one in DATABASE_URL.',
      { cause: error },
    )
  }
  return new SetupError(
    'database_unreachable',
    `PostgreSQL at ${server} cannot be reached: ${reasonOf(error)}.`,
    'Check that it runs and that DATABASE_URL names the right host and port.',
    { cause: error },
  )
}

/** What may be said of an address: everything but its password. */
function whereabouts(url: string): { server: string; user: string; database: string } {
  try {
    const { host, port, user = '', database = '' } = new Client(url)
    return { server: host.startsWith('/') ? host : `${host}:${port}`, user, database }
  } catch {
    // The error, which holds the address and the password in it, goes no further.
    throw new SetupError(
      'database_url_invalid',
      'DATABASE_URL is not the address of a PostgreSQL database.',
      'Write it as postgres://user:password@host:5432/name, with special characters percent-encoded.',
    )
  }
}
