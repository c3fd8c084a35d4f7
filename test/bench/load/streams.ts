import { createConnection } from './connection.ts'
import type { LoadJob } from './protocol.ts'
import type { Tally } from './tally.ts'

const newline = 10

/** Keeps a number of streams open, opened one after the other over a time, and counts their events as they arrive. */
export function runStreams(job: LoadJob & { kind: 'streams' }, tally: Tally): () => void {
  const stops = Array.from({ length: job.streams }, (_, index) => {
    const stream = keepStreaming(job, tally)
    const timer = setTimeout(() => stream.start(), (index * job.spreadMs) / job.streams)
    return () => {
      clearTimeout(timer)
      stream.stop()
    }
  })
  return () => stops.forEach((stop) => stop())
}

/** One stream after the other on one connection. */
function keepStreaming(
  job: LoadJob & { kind: 'streams' },
  tally: Tally,
): { start(): void; stop(): void } {
  const request = Buffer.from(job.target.request)
  let sentAt: number | undefined
  let events = 0
  let endsInNewline = false

  function start(): void {
    events = 0
    endsInNewline = false
    sentAt = performance.now()
    connection.send(request)
  }

  /** Events end in an empty line; it may arrive in two parts. */
  function countEvents(bytes: Buffer): number {
    let count = 0
    for (const byte of bytes) {
      if (byte === newline && endsInNewline) count += 1
      endsInNewline = byte === newline && !endsInNewline
    }
    return count
  }

  function noteFirstEvent(): void {
    if (sentAt !== undefined) tally.firstEvent(performance.now() - sentAt)
    sentAt = undefined
  }

  const connection = createConnection(job.target.port, {
    body(bytes) {
      const count = countEvents(bytes)
      if (count > 0) noteFirstEvent()
      events += count
      tally.events(count)
    },
    answer(status) {
      if (status === 200 && events === job.eventsPerStream) tally.answer()
      else tally.fail(`status ${status}, ${events} events`)
      if (!tally.isHopeless()) start()
    },
    fail(reason) {
      tally.fail(reason)
      if (!tally.isHopeless()) start()
    },
  })
  return {
    start,
    stop() {
      noteFirstEvent()
      connection.close()
    },
  }
}
