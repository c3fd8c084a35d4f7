import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { describe, expect, it, vi } from 'vitest'

import { createDatabase, type Database } from '../../../core/database.ts'
import { migrate } from '../../../core/migrations.ts'
import {
  makePartitions,
  type PartitionedTable,
  turnPartitions,
} from '../../../plugins/usage/ledger/partitions.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { startLedger } from './started-ledger.ts'
import { usageRecord } from './usage-record.ts'

const LEDGER = new URL('../../../plugins/usage/ledger/', import.meta.url)
const REQUESTS: PartitionedTable = { name: 'requests', unit: 'month', keptDays: 400 }
const BODIES: PartitionedTable = { name: 'bodies', unit: 'day', keptDays: 30 }

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describeDatabases((kind, openTestDatabase) => {
  async function openTables(): Promise<Database & AsyncDisposable> {
    const database = await openTestDatabase()
    await migrate(database, [{ plugin: 'ledger', folder: LEDGER }])
    return database
  }

  async function partitionsOf(database: Database, table: string): Promise<readonly string[]> {
    const rows = await database.query<{ name: string }>(
      `select relname as name from pg_inherits join pg_class on pg_class.oid = inhrelid
       where inhparent = $1::regclass order by relname collate "C"`,
      [table],
    )
    return rows.map(({ name }) => name)
  }

  it('are there for now and for what comes next, at the edges of months and days', async () => {
    await using database = await openTables()
    for (const now of ['2026-11-23T12:00:00Z', '2026-11-30T23:59:59.999Z', '2026-12-31T00:00Z']) {
      await turnPartitions(database, REQUESTS, new Date(now))
    }
    expect(await partitionsOf(database, 'requests')).toEqual([
      'requests_2026_11',
      'requests_2026_12',
      'requests_2027_01',
    ])
    await turnPartitions(database, BODIES, new Date('2028-02-28T23:00:00Z'))
    await turnPartitions(database, BODIES, new Date('2028-02-29T23:00:00Z'))
    expect(await partitionsOf(database, 'bodies')).toEqual([
      'bodies_2028_02_28',
      'bodies_2028_02_29',
      'bodies_2028_03_01',
    ])
  })

  it('are dropped when all that is in them is too old, and not before', async () => {
    await using database = await openTables()
    const days = ['2026-10-23', '2026-10-24', '2026-10-25', '2026-11-20']
    await makePartitions(
      database,
      BODIES,
      days.map((day) => new Date(day)),
    )
    await database.query(
      `insert into bodies (request_id, created_at, project_id) values ('req_1', '2026-10-23', 'p')`,
    )
    const now = new Date('2026-11-23T12:00:00Z')
    expect(await turnPartitions(database, BODIES, now)).toEqual(['bodies_2026_10_23'])
    expect(await partitionsOf(database, 'bodies')).toEqual([
      'bodies_2026_10_24',
      'bodies_2026_10_25',
      'bodies_2026_11_20',
      'bodies_2026_11_23',
      'bodies_2026_11_24',
    ])
    expect(await database.query('select 1 from bodies')).toEqual([])
    expect(await turnPartitions(database, BODIES, now)).toEqual([])
  })

  it('are made by several gateways at once', async () => {
    const settings = await makeTestDatabase(kind)
    const first = createDatabase({ ...settings, mode: 'attach' })
    const others = [1, 2, 3].map(() => createDatabase({ ...settings, mode: 'attach' }))
    await migrate(first, [{ plugin: 'ledger', folder: LEDGER }])
    const now = new Date('2026-11-23T12:00:00Z')
    await Promise.all(
      [first, ...others].flatMap((database) => [
        turnPartitions(database, REQUESTS, now),
        turnPartitions(database, BODIES, now),
      ]),
    )
    expect(await partitionsOf(first, 'bodies')).toEqual(['bodies_2026_11_23', 'bodies_2026_11_24'])
    for (const database of [...others, first]) await database.close()
  })

  it('are made for rows that come when they are missing: late, and once each', async () => {
    const settings = await makeTestDatabase(kind)
    const dataFolder = mkdtempSync(join(tmpdir(), 'tapgate-late-'))
    const database = createDatabase({ ...settings, mode: 'attach' })
    const ledger = await startLedger(createDatabase({ ...settings, mode: 'attach' }), dataFolder)
    const months = ['2026-01-15', '2026-03-31', '2025-12-31T23:59:59.999Z', '2026-11-01']
    const records = months.flatMap((month) => {
      const record = { ...usageRecord(), startedAt: Date.parse(month) }
      return [record, record]
    })
    for (const record of records) ledger.usage(record)
    await ledger.stop()
    const rows = await database.query<{ table: string }>(
      'select tableoid::regclass::text as table from requests order by created_at',
    )
    expect(rows.map(({ table }) => table)).toEqual([
      'requests_2025_12',
      'requests_2026_01',
      'requests_2026_03',
      'requests_2026_11',
    ])
    await database.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  describe('the migration', () => {
    it('takes over the rows of a table that was in one piece', async () => {
      await using database = await openTestDatabase()
      const folder = mkdtempSync(join(tmpdir(), 'tapgate-migration-'))
      copyFileSync(new URL('0001-requests.sql', LEDGER), join(folder, '0001-requests.sql'))
      await migrate(database, [{ plugin: 'ledger', folder: pathToFileURL(`${folder}/`) }])
      await database.query(`
        insert into requests (request_id, created_at, trace_id, thread_id, run_id, operation,
          project_id, tags, attempts, status, status_code, is_stream, duration_ms, overhead_ms,
          tokens_are_estimated, cost)
        select 'req_' || n, '2026-08-31T23:30:00Z'::timestamptz + n * interval '20 days', 't', 't',
          'r', 'chat', 'p', '{}', '[]', 'success', 200, false, 1, 0, false, n
        from generate_series(1, 5) as n`)
      await migrate(database, [{ plugin: 'ledger', folder: LEDGER }])
      const rows = await database.query(
        `select request_id, purpose, cost::float8, tableoid::regclass::text as table
         from requests order by created_at`,
      )
      const month = (request_id: string, cost: number, table: string): object => ({
        request_id,
        purpose: 'request',
        cost,
        table,
      })
      expect(rows).toEqual([
        month('req_1', 1, 'requests_2026_09'),
        month('req_2', 2, 'requests_2026_10'),
        month('req_3', 3, 'requests_2026_10'),
        month('req_4', 4, 'requests_2026_11'),
        month('req_5', 5, 'requests_2026_12'),
      ])
      expect(await turnPartitions(database, REQUESTS, new Date('2026-11-23'))).toEqual([])
      rmSync(folder, { recursive: true, force: true })
    })
  })
})
