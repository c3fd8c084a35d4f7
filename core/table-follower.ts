import type { Logger } from './logger.ts'

const POLL_MS = 2000
/** A change becomes visible some time after it was dated, when its transaction ends. */
const OVERLAP_MS = 10_000

/** Keeps something in memory like its table: what any process changes holds here within seconds. */
export interface TableFollower {
  /** Reads everything, then goes on asking for changes. */
  start(): Promise<void>
  /** Reads what has changed now. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

export interface TableFollowerParts<Row extends { readonly changed_at: Date }> {
  /** What it keeps, for the log: `API keys`. */
  readonly what: string
  /** The rows that changed at this time or later, deleted ones too; all when no time is given. */
  read(since: Date | undefined): Promise<readonly Row[]>
  /** Takes rows in; some come twice. */
  absorb(rows: readonly Row[]): void
  readonly log: Logger
}

/** While the database is away, what is known goes on. */
export function followTable<Row extends { readonly changed_at: Date }>(
  parts: TableFollowerParts<Row>,
): TableFollower {
  const { what, log } = parts
  let latest: Date | undefined
  let timer: NodeJS.Timeout | undefined
  let polling: Promise<void> | undefined
  let isAway = false

  async function refresh(): Promise<void> {
    const rows = await parts.read(latest && new Date(latest.getTime() - OVERLAP_MS))
    parts.absorb(rows)
    for (const { changed_at: at } of rows) if (!latest || at > latest) latest = at
  }

  async function poll(): Promise<void> {
    try {
      await refresh()
      if (isAway) log.info('A table is read from the database again.', { what })
      isAway = false
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error)
      if (!isAway) log.warn('The database is away: what is known goes on.', { what, because })
      isAway = true
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      polling = poll().then(schedule)
    }, POLL_MS).unref()
  }

  return {
    refresh,
    async start() {
      await refresh()
      schedule()
    },
    async stop() {
      await polling
      clearTimeout(timer)
    },
  }
}
