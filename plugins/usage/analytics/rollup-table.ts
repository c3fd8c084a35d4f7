import type { Query } from '#core'

import type { Grain } from './grains.ts'
import type { Groups, Level } from './levels.ts'
import { pack, type Part } from './packing.ts'
import type { Turns } from './taking-turns.ts'

/** What some groups are of: all columns of `usage_rollups` that are not in a part. */
export interface RollupKey {
  readonly project_id: string
  readonly grain: Grain
  readonly dimension: string
  readonly level: Level
  readonly starts_at: Date
}

/** Characters of one statement: `pg` allots a buffer as long as its longest for all that follow. */
const STATEMENT_LENGTH = 128 * 1024

const INSERT = `insert into usage_rollups
  select * from json_populate_recordset(null::usage_rollups, $1::json)`

/** Writes groups into `usage_rollups`, several parts at a time. */
export interface RollupWriter {
  write(key: RollupKey, groups: Groups): Promise<void>
  /** Writes what waits. */
  end(): Promise<void>
}

export function createRollupWriter(query: Query, turns: Turns): RollupWriter {
  let rows: string[] = []
  let length = 0

  async function end(): Promise<void> {
    if (rows.length === 0) return
    const json = `[${rows.join(',')}]`
    rows = []
    length = 0
    await query(INSERT, [json])
  }

  return {
    end,
    async write(key, groups) {
      // Only the sums of all are asked for prices.
      const hasPrices = key.dimension === '' && key.level === 'target'
      for await (const part of pack(groups, { turns, hasPrices })) {
        const row = JSON.stringify({ ...key, ...part } satisfies RollupKey & Part)
        rows.push(row)
        length += row.length
        if (length > STATEMENT_LENGTH) await end()
      }
    },
  }
}
