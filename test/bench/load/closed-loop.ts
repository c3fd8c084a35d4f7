import { createConnection, type Connection } from './connection.ts'
import type { LoadJob } from './protocol.ts'
import type { Tally } from './tally.ts'

/** Asks on every connection as fast as it is answered; `onDone` is called after the last of `requests` answers. */
export function runClosedLoop(
  job: LoadJob & { kind: 'closed-loop' },
  tally: Tally,
  onDone: () => void,
): () => void {
  const request = Buffer.from(job.target.request)
  let left = job.requests ?? Infinity
  let inFlight = 0

  function askAgain(connection: Connection): void {
    inFlight -= 1
    if (left > 0 && !tally.isHopeless()) ask(connection)
    else if (inFlight === 0) onDone()
  }

  function ask(connection: Connection): void {
    left -= 1
    inFlight += 1
    connection.send(request)
  }

  const connections = Array.from({ length: job.connections }, () => {
    const connection = createConnection(job.target.port, {
      answer(status, bodyBytes) {
        if (status === 200 && bodyBytes === job.answerBytes) tally.answer()
        else tally.fail(`status ${status}, ${bodyBytes} bytes`)
        askAgain(connection)
      },
      fail(reason) {
        tally.fail(reason)
        askAgain(connection)
      },
    })
    return connection
  })
  for (const connection of connections) if (left > 0) ask(connection)
  return () => connections.forEach((connection) => connection.close())
}
