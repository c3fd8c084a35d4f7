/**
 * The mocked upstream: speaks just enough HTTP/1.1 over plain sockets to hand out answers built beforehand, so that
 * it costs a fraction of any gateway in front of it. Runs as a child of the benchmark.
 */
import { createServer, type Socket } from 'node:net'

import { createMessageReader } from '../message-reader.ts'
import { endWithRun, hearRun, tellRun } from '../messages.ts'
import { modelsAnswer, plainAnswer, streamEvents, streamHead } from './answers.ts'
import { isMockCommand } from './protocol.ts'

let gapMs = 5
let events = streamEvents({ events: 100, gapMs })
let sentEvents = 0

/** Sends a stream's first event at once and each later one on its own time, however late the one before was. */
function stream(socket: Socket): void {
  const startedAt = performance.now()
  let next = 0
  const sendNext = (): void => {
    const event = events[next]
    if (event === undefined || socket.destroyed) return
    socket.write(next === 0 ? Buffer.concat([streamHead, event]) : event)
    next += 1
    sentEvents += 1
    setTimeout(sendNext, startedAt + next * gapMs - performance.now())
  }
  sendNext()
}

const server = createServer({ noDelay: true }, (socket) => {
  let isGet = false
  let body: Buffer | undefined
  const read = createMessageReader({
    head(head) {
      isGet = head.startsWith('GET ')
      body = undefined
    },
    body(bytes) {
      body = body === undefined ? bytes : Buffer.concat([body, bytes])
    },
    end() {
      if (isGet) socket.write(modelsAnswer)
      else if (body?.includes('"stream":true') === true) stream(socket)
      else socket.write(plainAnswer)
    },
  })
  socket.on('data', read)
  socket.on('error', () => socket.destroy())
})

server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) {
    tellRun({ kind: 'listening', port: address.port })
  }
})

hearRun(isMockCommand, (command) => {
  if (command.kind === 'count') {
    tellRun({ kind: 'count', sentEvents })
    return
  }
  gapMs = command.shape.gapMs
  events = streamEvents(command.shape)
})
endWithRun()
