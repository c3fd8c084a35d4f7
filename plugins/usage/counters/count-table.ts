import type { Count, Counters, Database } from '#core'

/** Counts in the table `counts`: one statement each, so that gateways which count together miss nothing. */
export interface CountTable extends Counters {
  /** Forgets the spans of time that are over. */
  sweep(): Promise<void>
}

interface Row {
  readonly used: string
}

export function createCountTable({ query }: Pick<Database, 'query'>): CountTable {
  async function used(count: Count): Promise<number> {
    const [row] = await query<Row>(
      `select used from counts
       where project_id = $1 and name = $2 and entity = $3 and since = $4`,
      [count.projectId, count.name, count.entity, count.since],
    )
    return Number(row?.used ?? 0)
  }

  async function add(count: Count, amount: number, limit: number | null): Promise<Row[]> {
    const { projectId, name, entity, since, until } = count
    return query<Row>(
      `insert into counts as kept (project_id, name, entity, since, until, used)
       values ($1, $2, $3, $4, $5, $6::numeric)
       on conflict (project_id, name, entity, since)
       do update set used = kept.used + $6::numeric
         where $7::numeric is null or kept.used + $6::numeric <= $7::numeric
       returning used`,
      [projectId, name, entity, since, until, amount, limit],
    )
  }

  return {
    used,
    async take(count, limit) {
      // An insert has nothing yet to compare with the limit.
      const [row] = limit < 1 ? [] : await add(count, 1, limit)
      return row
        ? { used: Number(row.used), isTaken: true }
        : { used: await used(count), isTaken: false }
    },
    async add(count, amount) {
      await add(count, amount, null)
    },
    async sweep() {
      await query('delete from counts where until < now()')
    },
  }
}
