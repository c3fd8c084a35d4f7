import type { Logger } from '#core'

import type { Spool } from './spool.ts'

const FLUSH_MS = 250
const LONGEST_BACKOFF_MS = 5000
/** How often to look for what dead processes left, and to show that this one lives. */
const ADOPT_MS = 20_000

/** Carries rows from the spool to the database, in batches, and again until it took them. */
export interface Flusher {
  /** Begins to work, with what dead processes left. */
  start(): void
  /** Says that a row of about this length was put into the spool. What fills a batch does not wait. */
  notice(length: number): void
  /** Stores all that is in the spool now. Throws when the database does not take it. */
  flush(): Promise<void>
  /** Stores the rest, if the database takes it. */
  stop(): Promise<void>
}

export interface FlusherParts {
  /** What the rows are, for the log: `usage`. */
  readonly what: string
  readonly spool: Spool
  readonly commits?: { flush(): void }
  readonly log: Logger
  /** About how long what is inserted at once is. */
  readonly batchBytes: number
  readonly insert: (texts: readonly Buffer[]) => Promise<void>
}

export function createFlusher(parts: FlusherParts): Flusher {
  const { what, spool, commits, log, batchBytes, insert } = parts
  let timer: NodeJS.Timeout | undefined
  let adoptTimer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined
  let noticedBytes = 0
  let failures = 0

  async function drain(): Promise<void> {
    noticedBytes = 0
    commits?.flush()
    for await (const texts of spool.batches(batchBytes)) await insert(texts)
  }

  function flush(): Promise<void> {
    if (!running) {
      running = drain().finally(() => (running = undefined))
      return running
    }
    queued ??= running.then(
      () => startQueued(),
      () => startQueued(),
    )
    return queued
  }

  function startQueued(): Promise<void> {
    queued = undefined
    return flush()
  }

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => void run(), delayMs).unref()
  }

  async function run(): Promise<void> {
    timer = undefined
    try {
      await flush()
      if (failures > 0) log.info(`The database takes ${what} again; the spool is stored.`, {})
      failures = 0
      if (!spool.isEmpty()) schedule(FLUSH_MS)
    } catch (error) {
      failures += 1
      if (failures === 1) {
        log.error(`The database takes no ${what}: it is kept in the spool until it does.`, {
          because: error instanceof Error ? error.message : String(error),
        })
      }
      schedule(Math.min(FLUSH_MS * 2 ** failures, LONGEST_BACKOFF_MS))
      await spool.sync().catch(() => {})
    }
  }

  function adopt(): void {
    try {
      spool.adopt()
    } catch (error) {
      log.error('The spool folder cannot be read.', {
        because: error instanceof Error ? error.message : String(error),
      })
    }
    if (!spool.isEmpty()) schedule(0)
  }

  return {
    flush,
    start() {
      adopt()
      adoptTimer = setInterval(adopt, ADOPT_MS).unref()
    },
    notice(length) {
      noticedBytes += length
      if (noticedBytes < batchBytes || failures > 0) return schedule(FLUSH_MS)
      noticedBytes = 0
      clearTimeout(timer)
      timer = undefined
      schedule(0)
    },
    async stop() {
      clearInterval(adoptTimer)
      clearTimeout(timer)
      try {
        await flush()
      } catch (error) {
        log.error('Rows are left in the spool for the next start: the database takes none.', {
          what,
          because: error instanceof Error ? error.message : String(error),
        })
      }
      spool.close()
    },
  }
}
