import type { GatewayError, Logger, McpStatus } from '#core'

import type { Connection, ServerFacts } from './connection.ts'
import { reasonOf, unavailable } from './fault.ts'

export interface SupervisorParts {
  readonly server: string
  /** The signal ends what is being opened: nobody needs it any more. */
  open(signal: AbortSignal): Promise<Connection>
  /** What a fault of opening means to those who wait. */
  understand(fault: unknown): Promise<GatewayError>
  readonly idleTimeoutMs: number
  readonly log: Logger
  /** Called whenever what was connected to may be another server than before. */
  opened(connection: Connection): void
}

/** One connection to a server: opened when it is first needed, and again after it was lost. */
export interface Supervisor {
  /** Throws a GatewayError `mcp_server_unavailable` at once while the server rests. */
  get(): Promise<Connection>
  /** What is known from the last time it was connected to. */
  facts(): ServerFacts | undefined
  /** A request is under way: the connection is not idle until the returned function is called. */
  use(connection: Connection): () => void
  /** A request found out that the connection is of no use any more. */
  lost(connection: Connection, fault: unknown): void
  /** The server does not know this connection any more, but is there. */
  forget(connection: Connection): void
  status(): McpStatus
  stop(): Promise<void>
}

const FIRST_REST_MS = 1_000
const LONGEST_REST_MS = 60_000
/** One that ends sooner than this after it was opened is not opened again at once. */
const STEADY_MS = 10_000

export function supervise(parts: SupervisorParts): Supervisor {
  const { server, log, idleTimeoutMs } = parts
  let current: Connection | undefined
  let opening: Promise<Connection> | undefined
  let facts: ServerFacts | undefined
  let openedAt = 0
  let failures = 0
  let retryAt = 0
  let restarts = 0
  let fault: unknown
  let isStopped = false
  const stopping = new AbortController()
  let lastUsedAt = 0
  let idleTimer: NodeJS.Timeout | undefined
  const closing = new Set<Promise<void>>()
  /** How many requests are under way on each connection. */
  const uses = new Map<Connection, number>()
  /** Out of use, and closed as soon as nothing is under way on them. */
  const retired = new Set<Connection>()

  function close(connection: Connection): void {
    retired.delete(connection)
    const closed = connection.close().catch(() => undefined)
    closing.add(closed)
    void closed.then(() => closing.delete(closed))
  }

  async function open(): Promise<Connection> {
    try {
      const connection = await parts.open(stopping.signal)
      if (isStopped) {
        await connection.close()
        throw unavailable(server, new Error('the gateway stops'))
      }
      const { capabilities, instructions, protocolVersion } = connection
      facts = { capabilities, instructions, protocolVersion }
      current = connection
      openedAt = Date.now()
      lastUsedAt = openedAt
      fault = undefined
      connection.onEnd((why) => lose(connection, why))
      watchIdle(connection)
      parts.opened(connection)
      return connection
    } catch (error) {
      if (isStopped) throw unavailable(server, new Error('the gateway stops'))
      const understood = await parts.understand(error)
      if (understood.code === 'mcp_authorization_required') {
        // It may be authorized at any time, and is asked again each time until it is.
        fault = understood
        retryAt = 0
        throw understood
      }
      failures += 1
      rest(error, failures)
      throw resting()
    } finally {
      opening = undefined
    }
  }

  function rest(why: unknown, countedFailures: number): void {
    fault = why
    const restMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** (countedFailures - 1))
    // Servers that failed together are not tried again together.
    retryAt = Date.now() + restMs * (0.75 + Math.random() / 2)
    log.warn('An MCP server failed.', { server, reason: reasonOf(why), failures })
  }

  function resting(): Error {
    return unavailable(server, fault, Math.max(1, retryAt - Date.now()))
  }

  /** Takes it out of use. Whether it was the one in use. */
  function drop(connection: Connection): boolean {
    if (!retire(connection)) return false
    close(connection)
    return true
  }

  function retire(connection: Connection): boolean {
    if (current !== connection) return false
    current = undefined
    clearTimeout(idleTimer)
    retired.add(connection)
    return true
  }

  function lose(connection: Connection, why: unknown): void {
    if (!drop(connection)) return
    restarts += 1
    failures = Date.now() - openedAt >= STEADY_MS ? 1 : failures + 1
    rest(why, failures - 1)
    // One that was well is opened again as soon as it is needed; one that ends again and again is not.
    if (failures === 1) retryAt = 0
  }

  function watchIdle(connection: Connection): void {
    idleTimer = setTimeout(() => {
      if (uses.has(connection) || Date.now() - lastUsedAt < idleTimeoutMs)
        return watchIdle(connection)
      // It was well to its end: what failed before it does not count any more.
      failures = 0
      drop(connection)
    }, idleTimeoutMs)
    idleTimer.unref()
  }

  return {
    async get() {
      if (current) return current
      if (opening) return opening
      if (isStopped) throw unavailable(server, new Error('the gateway stops'))
      if (fault !== undefined && Date.now() < retryAt) throw resting()
      opening = open()
      return opening
    },
    facts: () => facts,
    use(connection) {
      uses.set(connection, (uses.get(connection) ?? 0) + 1)
      lastUsedAt = Date.now()
      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        lastUsedAt = Date.now()
        const others = (uses.get(connection) ?? 1) - 1
        if (others > 0) return void uses.set(connection, others)
        uses.delete(connection)
        if (retired.has(connection)) close(connection)
      }
    },
    lost: (connection, why) => lose(connection, why),
    forget(connection) {
      if (!retire(connection)) return
      restarts += 1
      connection.unlearn?.()
    },
    status() {
      const known = facts && { protocolVersion: facts.protocolVersion }
      const more = { ...known, ...(restarts > 0 && { restarts }) }
      if (current) return { state: 'ready', ...more }
      if (opening) return { state: 'starting', ...more }
      if (fault === undefined) return { state: 'idle', ...more }
      if (
        fault instanceof Error &&
        'code' in fault &&
        fault.code === 'mcp_authorization_required'
      ) {
        return { state: 'needs_authorization', message: fault.message, ...more }
      }
      return { state: 'failed', message: reasonOf(fault), retryAt: Math.round(retryAt), ...more }
    },
    async stop() {
      isStopped = true
      stopping.abort()
      if (current) drop(current)
      for (const connection of retired) close(connection)
      await opening?.catch(() => undefined)
      await Promise.all(closing)
    },
  }
}
