import { createConnection, type Connection } from './connection.ts'
import type { LoadJob } from './protocol.ts'
import type { Tally } from './tally.ts'

const maxConnections = 1_000

/**
 * Sends requests at a fixed rate and takes each one's latency from the moment it left. A request never waits for an
 * earlier answer: it takes the connection that has rested longest or opens another.
 */
export function runFixedRate(job: LoadJob & { kind: 'fixed-rate' }, tally: Tally): () => void {
  const request = Buffer.from(job.target.request)
  const gapMs = 1_000 / job.requestsPerSecond
  const all: Connection[] = []
  const resting: ((now: number) => void)[] = []
  let nextAt = performance.now()

  function addConnection(): (now: number) => void {
    let sentAt = 0
    const connection = createConnection(job.target.port, {
      answer(status, bodyBytes) {
        if (status === 200 && bodyBytes === job.answerBytes)
          tally.answer(performance.now() - sentAt)
        else tally.fail(`status ${status}, ${bodyBytes} bytes`)
        resting.push(send)
      },
      fail(reason) {
        tally.fail(reason)
        resting.push(send)
      },
    })
    const send = (now: number): void => {
      sentAt = now
      connection.send(request)
    }
    all.push(connection)
    return send
  }

  function sendDue(): void {
    while (nextAt <= performance.now()) {
      nextAt += gapMs
      const send = resting.shift() ?? (all.length < maxConnections ? addConnection() : undefined)
      if (send === undefined) tally.fail(`all ${maxConnections} connections wait for an answer`)
      else send(performance.now())
    }
    timer = tally.isHopeless() ? undefined : setTimeout(sendDue, nextAt - performance.now())
  }

  let timer: NodeJS.Timeout | undefined
  sendDue()
  return () => {
    clearTimeout(timer)
    all.forEach((connection) => connection.close())
  }
}
