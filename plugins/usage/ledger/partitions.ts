import type { Database } from '#core'

/** A table that is cut by `created_at`, in UTC. */
export interface PartitionedTable {
  readonly name: 'requests' | 'bodies'
  readonly unit: 'month' | 'day'
  /** A partition is dropped when all that is in it is older. */
  readonly keptDays: number
}

const DAY_MS = 86_400_000
/** Nobody waits longer than this behind a lock that waits for a long query. */
const LOCK_LIMIT = `set local lock_timeout = '3s'`

/** Makes the partitions that these moments lie in, where they are missing. */
export async function makePartitions(
  database: Database,
  table: PartitionedTable,
  moments: readonly Date[],
): Promise<void> {
  for (const { name, from, to } of new Map(moments.map((at) => namedPart(table, at))).values()) {
    const [known] = await database.query<{ exists: boolean }>(
      'select to_regclass($1) is not null as exists',
      [name],
    )
    if (known?.exists) continue
    try {
      await database.transaction(async (query) => {
        await query(LOCK_LIMIT)
        await query(
          `create table if not exists ${name} partition of ${table.name}
             for values from ('${from.toISOString()}') to ('${to.toISOString()}')`,
        )
      })
    } catch (error) {
      if (!isMadeByAnother(error)) throw error
    }
  }
}

/** Makes the partition of now and the next one, and drops those that are too old. Tells their names. */
export async function turnPartitions(
  database: Database,
  table: PartitionedTable,
  now: Date,
): Promise<readonly string[]> {
  await makePartitions(database, table, [now, partOf(table, now).to])
  const oldest = new Date(now.getTime() - table.keptDays * DAY_MS)
  const firstKept = partOf(table, oldest).name
  const partitions = await database.query<{ name: string }>(
    `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
     where inhparent = $1::regclass and relname ~ $2 and relname < $3 collate "C" order by relname`,
    [table.name, `^${table.name}_[0-9_]+$`, firstKept],
  )
  for (const { name } of partitions) {
    await database.transaction(async (query) => {
      await query(LOCK_LIMIT)
      await query(`drop table if exists ${name}`)
    })
  }
  return partitions.map(({ name }) => name)
}

interface Part {
  readonly name: string
  readonly from: Date
  readonly to: Date
}

/** The part of the table in which a moment lies: `requests_2026_11`, `bodies_2026_11_23`. */
function partOf({ name, unit }: PartitionedTable, moment: Date): Part {
  const year = moment.getUTCFullYear()
  const month = moment.getUTCMonth()
  const day = unit === 'day' ? moment.getUTCDate() : 1
  const from = new Date(Date.UTC(year, month, day))
  const to = new Date(unit === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1))
  const digits = from.toISOString().slice(0, unit === 'day' ? 10 : 7)
  return { name: `${name}_${digits.replaceAll('-', '_')}`, from, to }
}

function namedPart(table: PartitionedTable, moment: Date): [string, Part] {
  const part = partOf(table, moment)
  return [part.name, part]
}

/** Two gateways that make the same one at once: a unique name, or a table that is there by now. */
function isMadeByAnother(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return code === '23505' || code === '42P07'
}
