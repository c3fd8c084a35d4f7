import type { Database, Logger } from '#core'

import { rollUpHour } from './rollup-hour.ts'
import { rollUpSpans } from './rollup-spans.ts'

/** Adds up hours that have ended, one after the other, in the background. */
export interface RollupJob {
  start(): void
  /** Adds up all that can be now. */
  run(): Promise<void>
  stop(): Promise<void>
}

const EVERY_MS = 60_000
/** Longer than any hour takes: then whoever claimed it is dead. */
const CLAIM = "interval '10 minutes'"
/** Requests are stored a moment after they ended; those that take longer come late, and are found. */
const GRACE = "interval '1 minute'"

export function createRollupJob(database: Database, log: Logger): RollupJob {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isStopping = false

  /** Notes the hours that have ended since the last one that is known. */
  async function noteEndedHours(): Promise<void> {
    await database.query(
      `insert into usage_rollup_hours (starts_at, is_stale)
       select hour, true
       from (select max(starts_at) as last from usage_rollup_hours) known,
         generate_series(
           coalesce(known.last, date_trunc('hour', now(), 'UTC') - interval '1 hour'),
           date_trunc('hour', now() - ${GRACE}, 'UTC') - interval '1 hour',
           interval '1 hour') as hour
       on conflict (starts_at) do nothing`,
    )
  }

  /** The latest hour that waits, now this process's to do. */
  async function claim(): Promise<Date | undefined> {
    const [row] = await database.query<{ starts_at: Date }>(
      `update usage_rollup_hours set claimed_until = now() + ${CLAIM}
       where starts_at = (
         select starts_at from usage_rollup_hours
         where is_stale and (claimed_until is null or claimed_until < now())
         order by starts_at desc limit 1)
         and (claimed_until is null or claimed_until < now())
       returning starts_at`,
    )
    return row?.starts_at
  }

  /** Whoever stores a late request meanwhile waits for the lock, and marks the hour stale again. */
  async function rollUp(hour: Date): Promise<void> {
    await database.transaction(async (query) => {
      await query(
        'update usage_rollup_hours set is_stale = false, claimed_until = null where starts_at = $1',
        [hour],
      )
      await query(
        `delete from usage_rollup_spans
         where starts_at = date_trunc(grain, $1::timestamptz, 'UTC')`,
        [hour],
      )
      await rollUpHour(query, hour)
    })
  }

  async function runAll(): Promise<void> {
    await noteEndedHours()
    for (let hour = await claim(); hour && !isStopping; hour = await claim()) await rollUp(hour)
    if (!isStopping) await rollUpSpans(database, () => isStopping)
  }

  function run(): Promise<void> {
    running ??= runAll().finally(() => (running = undefined))
    return running
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      run()
        .catch((error: unknown) => {
          const because = error instanceof Error ? error.message : String(error)
          log.warn('Usage is not added up now; reports take longer.', { because })
        })
        .finally(() => {
          if (!isStopping) schedule(EVERY_MS)
        })
    }, delayMs).unref()
  }

  return {
    run,
    start: () => schedule(EVERY_MS / 2),
    async stop() {
      isStopping = true
      clearTimeout(timer)
      await running?.catch(() => undefined)
    },
  }
}
