import { randomUUID } from 'node:crypto'

import { GatewayError, type Caller } from '#core'

import { clientKey } from './client-key.ts'
import type { ClientSession } from './session.ts'

/** A session and the stream or streams that lead to its client. */
export interface OpenSession extends Pick<ClientSession, 'runningCount' | 'release'> {
  /** Whether the client holds a stream open. */
  isListening(): boolean
  /** Ends its streams. */
  close(): Promise<void>
}

export interface SessionLimits {
  /** How long a session lasts that is not used. */
  readonly sessionIdleMs: number
  readonly sessionsPerKey: number
  readonly sessions: number
}

/**
 * The sessions of clients of 2025 and earlier. They live in this process only: whoever brings an id
 * that is not known here is told so (404), and begins again.
 */
export interface Sessions<S extends OpenSession> {
  /** An id that cannot be guessed, for a session that is about to be kept. Throws when there are too many. */
  reserve(caller: Caller): string
  keep(id: string, place: SessionPlace, session: S): void
  /** The session, if it is one of this key at this place. */
  find(id: string, place: SessionPlace): S | undefined
  /** Takes it out, ends its streams and gives its links back. */
  end(id: string): Promise<void>
  /** Ends those that nobody has used for too long. */
  sweep(): void
  endAll(): Promise<void>
}

/** Whose a session is, and of which URL: it means nothing anywhere else. */
export interface SessionPlace {
  readonly caller: Caller
  /** The name of the server; undefined for all of them. */
  readonly name: string | undefined
}

interface Kept<S> {
  readonly session: S
  readonly key: string
  readonly name: string | undefined
  usedAt: number
}

export function createSessions<S extends OpenSession>(limits: SessionLimits): Sessions<S> {
  /** The one that was used last stands last. */
  const kept = new Map<string, Kept<S>>()

  async function end(id: string): Promise<void> {
    const entry = kept.get(id)
    if (!entry) return
    kept.delete(id)
    entry.session.release()
    await entry.session.close()
  }

  /** A client that forgets its sessions makes room for its own new ones, never at the cost of others. */
  function makeRoom(key: string): void {
    const own = [...kept].filter(([, entry]) => entry.key === key)
    if (own.length < limits.sessionsPerKey) {
      if (kept.size < limits.sessions) return
      throw tooMany('The gateway has too many MCP sessions.')
    }
    const idle = own.find(([, { session }]) => session.runningCount() === 0)
    if (!idle) throw tooMany('This key has too many MCP sessions with running requests.')
    void end(idle[0])
  }

  function isOver({ session, usedAt }: Kept<S>): boolean {
    if (session.runningCount() > 0 || session.isListening()) return false
    return usedAt < Date.now() - limits.sessionIdleMs
  }

  return {
    reserve(caller) {
      makeRoom(clientKey(caller))
      return randomUUID()
    },
    keep(id, { caller, name }, session) {
      kept.set(id, { session, key: clientKey(caller), name, usedAt: Date.now() })
    },
    find(id, { caller, name }) {
      const entry = kept.get(id)
      if (!entry || entry.key !== clientKey(caller) || entry.name !== name) return undefined
      if (isOver(entry)) {
        void end(id)
        return undefined
      }
      entry.usedAt = Date.now()
      kept.delete(id)
      kept.set(id, entry)
      return entry.session
    },
    end,
    sweep() {
      for (const [id, entry] of kept) {
        if (isOver(entry)) void end(id)
      }
    },
    async endAll() {
      await Promise.all([...kept.keys()].map(end))
    },
  }
}

function tooMany(message: string): GatewayError {
  return new GatewayError('overloaded', message, { retryAfterMs: 10_000 })
}
