import type { PGlite } from '@electric-sql/pglite'

const checkpointAfterBytes = 16 * 1024 * 1024

/** The thresholds of PostgreSQL's own autovacuum, with its default settings. */
const tablesInDisorder = `
  select format('%I.%I', schemaname, relname) as name
  from pg_stat_user_tables
  where n_dead_tup > 50 + 0.2 * n_live_tup
    or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup
    or n_mod_since_analyze > 50 + 0.1 * n_live_tup`

const bytesToReplay = `
  select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 as bytes
  from pg_control_checkpoint()`

/**
 * Does what a PostgreSQL server leaves to its background processes, which an embedded engine has
 * not: without it tables are never vacuumed, and the write-ahead log grows until the next start,
 * which has to replay all of it.
 */
export async function keepHouse(engine: PGlite): Promise<void> {
  // Statements are counted with up to a second's delay otherwise, or never if none follows.
  await engine.exec('select pg_stat_force_next_flush()')
  const tables = await engine.query<{ name: string }>(tablesInDisorder)
  for (const { name } of tables.rows) await engine.exec(`vacuum (analyze) ${name}`)
  const log = await engine.query<{ bytes: number }>(bytesToReplay)
  if ((log.rows[0]?.bytes ?? 0) > checkpointAfterBytes) await engine.exec('checkpoint')
}
