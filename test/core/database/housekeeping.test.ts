import { expect, it } from 'vitest'

import { openEngine } from '../../../core/database/engine.ts'
import { keepHouse } from '../../../core/database/housekeeping.ts'
import { makeTestDatabase } from '../../helpers/database.ts'

it('gives back the room of deleted rows, and leaves the next start little to replay', async () => {
  const { folder } = await makeTestDatabase('embedded')
  const engine = await openEngine(folder)
  async function megabytes(of: string): Promise<number> {
    const { rows } = await engine.query<{ bytes: number }>(`select (${of})::float8 as bytes`)
    return (rows[0]?.bytes ?? NaN) / 1e6
  }
  const table = `pg_total_relation_size('"large rows"')`
  const toReplay = `
    select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn) from pg_control_checkpoint()`

  await engine.exec(`
    create table "large rows" as
      select number, repeat('x', 1000) as filling from generate_series(1, 20000) as number;
    delete from "large rows" where number > 10`)
  expect(await megabytes(table)).toBeGreaterThan(20)
  expect(await megabytes(toReplay)).toBeGreaterThan(20)

  await keepHouse(engine)
  expect(await megabytes(table)).toBeLessThan(0.1)
  expect(await megabytes(toReplay)).toBeLessThan(0.1)

  await engine.close()
})
