import { connect, type Socket } from 'node:net'

import { createMessageReader } from '../message-reader.ts'

/** What became of the request a connection carries. */
export interface Listener {
  /** Part of the answer's body. */
  body?(bytes: Buffer): void
  /** The answer is complete. */
  answer(status: number, bodyBytes: number): void
  /** The connection broke before the answer was complete. */
  fail(reason: string): void
}

/** A keep-alive connection that carries one request at a time, and connects anew when the other side has closed it. */
export interface Connection {
  send(request: Buffer): void
  close(): void
}

/** A connection to a local port; it connects when the first request is sent. */
export function createConnection(port: number, listener: Listener): Connection {
  let socket: Socket | undefined
  let isWaiting = false

  function open(): Socket {
    let status = 0
    let bodyBytes = 0
    const read = createMessageReader({
      head(head) {
        status = Number(head.slice(9, 12))
        bodyBytes = 0
      },
      body(bytes) {
        bodyBytes += bytes.length
        listener.body?.(bytes)
      },
      end() {
        isWaiting = false
        listener.answer(status, bodyBytes)
      },
    })
    const opened = connect({ port, host: '127.0.0.1', noDelay: true })
    let reason = 'connection closed early'
    opened.on('data', read)
    opened.on('error', (error) => (reason = error.message))
    opened.on('close', () => {
      if (socket !== opened) return
      socket = undefined
      if (!isWaiting) return
      isWaiting = false
      listener.fail(reason)
    })
    return opened
  }

  return {
    send(request) {
      isWaiting = true
      socket ??= open()
      socket.write(request)
    },
    close() {
      const closing = socket
      socket = undefined
      closing?.destroy()
    },
  }
}
