import { DatabaseError } from 'pg'

/** The classes of SQLSTATE that speak of the connection: lost, refused, no such database, too many, shutting down. */
const connectionStates = /^(08|28|3D|53300|57P)/

const connectionMessages =
  /^(Connection terminated|timeout exceeded|Query read timeout|Client has encountered a connection error)/

/** Whether a query failed for want of a connection, and not for what it says. */
export function isConnectionFault(error: unknown): boolean {
  if (error instanceof DatabaseError) return connectionStates.test(error.code ?? '')
  if (!(error instanceof Error)) return false
  return 'syscall' in error || connectionMessages.test(error.message)
}

/** The error in a few words. A host of several addresses fails with one error for each. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0])
  return error instanceof Error ? error.message : String(error)
}
