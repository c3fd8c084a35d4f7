import { expect, it } from 'vitest'

import { openEngine } from '../../../core/database/engine.ts'
import { keepHouse } from '../../../core/database/housekeeping.ts'
import { makeTestDatabase } from '../../helpers/database.ts'

it('tidies the tables that need it, and leaves the next start little to replay', async () => {
  const { folder } = await makeTestDatabase('embedded')
  const engine = await openEngine(folder)
  const select = async (sql: string): Promise<unknown> =>
    Object.values((await engine.query(sql)).rows[0] ?? {})
  const bytesToReplay = `
    select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 from pg_control_checkpoint()`
  const deadRows = `select n_dead_tup::int from pg_stat_user_tables where relname = 'large rows'`

  await engine.exec(`create table "large rows" as
    select number, repeat('x', 1000) as filling from generate_series(1, 20000) as number`)
  await engine.exec('delete from "large rows" where number > 10')
  await expect(select(deadRows)).resolves.toEqual([19_990])
  await expect(select(bytesToReplay)).resolves.toEqual([expect.closeTo(20e6, -7.5)])

  await keepHouse(engine)
  await expect(select(deadRows)).resolves.toEqual([0])
  await expect(select('select pg_total_relation_size(\'"large rows"\') < 100000')).resolves.toEqual(
    [true],
  )
  const [afterwards] = (await select(bytesToReplay)) as number[]
  expect(afterwards).toBeLessThan(1e6)

  await engine.close()
})
