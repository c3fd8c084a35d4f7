import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

import type { PGlite } from '@electric-sql/pglite'

import { createBatchReader } from './client-messages.ts'

/** What reading a socket throws when it was closed without a goodbye. */
const cutOff = 'ERR_STREAM_PREMATURE_CLOSE'

/** One session that several clients share. */
export interface SessionServer {
  /** Waits until nobody else uses the session; it is then the caller's until the returned function is called. */
  takeTurn(): Promise<() => void>
  /** Lets nobody in any more and sends away those who are in, which rolls back what they left open. */
  close(): void
}

/**
 * Lets several clients share the one session of an embedded engine: their batches run one after
 * the other, first come first served, and whoever has opened a transaction keeps the session
 * until it ends. A client that leaves halfway is rolled back.
 *
 * `@electric-sql/pglite-socket` does the same message by message, so that a query of more than
 * one network packet can meet another client's statement in the middle and run that one instead.
 */
export async function serveSession(engine: PGlite, address: string): Promise<SessionServer> {
  const takeTurn = createTurns()
  const sockets = new Set<Socket>()

  async function converse(socket: Socket): Promise<void> {
    const read = createBatchReader()
    let endTurn: (() => void) | undefined
    try {
      for await (const chunk of socket) {
        for (const { kind, bytes } of read(chunk)) {
          if (kind === 'goodbye' || kind === 'cancel') return
          if (kind === 'encryption') {
            socket.write('N')
            continue
          }
          endTurn ??= await takeTurn()
          await answer(engine, socket, bytes)
          if (engine.isInTransaction()) continue
          endTurn()
          endTurn = undefined
        }
      }
    } finally {
      socket.destroy()
      sockets.delete(socket)
      if (endTurn) {
        if (engine.isInTransaction()) await engine.exec('ROLLBACK')
        endTurn()
      }
    }
  }

  const server = createServer((socket) => {
    sockets.add(socket)
    converse(socket).catch((error: unknown) => {
      // A client that breaks off is nobody's fault. Anything else is the engine's, and ends its process.
      const isCutOff = error instanceof Error && 'code' in error && error.code === cutOff
      if (socket.errored === null && !isCutOff) throw error
    })
  })
  await once(server.listen(address), 'listening')

  return {
    takeTurn,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

async function answer(engine: PGlite, socket: Socket, request: Buffer): Promise<void> {
  socket.cork()
  await engine.execProtocolRawStream(request, {
    // Copied, as the engine writes over its own memory.
    onRawData: (bytes) => socket.write(Buffer.from(bytes)),
  })
  socket.uncork()
}

/** Gives turns in the order they were asked for; a turn lasts until the function it gave is called. */
function createTurns(): () => Promise<() => void> {
  let last: Promise<void> = Promise.resolve()
  return () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>()
    const turn = last.then(() => end)
    last = last.then(() => ended)
    return turn
  }
}
