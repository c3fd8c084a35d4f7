import { beforeAll, expect, it } from 'vitest'

import type { Count } from '#core'

import { migrate } from '../../../core/migrations.ts'
import { createCountTable, type CountTable } from '../../../plugins/usage/counters/count-table.ts'
import { describeDatabases } from '../../helpers/database.ts'

const migrations = new URL('../../../plugins/usage/counters/', import.meta.url)
const anyCount: Omit<Count, 'name'> = {
  projectId: 'p1',
  entity: 'ada',
  since: new Date('2026-11-23T00:00:00Z'),
  until: new Date('2026-11-24T00:00:00Z'),
}

describeDatabases((_kind, openTestDatabase) => {
  let table: CountTable

  beforeAll(async () => {
    const database = await openTestDatabase()
    await migrate(database, [{ plugin: 'counters', folder: migrations }])
    table = createCountTable(database)
  })

  it('counts up to the limit and no further', async () => {
    const count = { ...anyCount, name: 'limited' }
    expect(await table.used(count)).toBe(0)
    expect(await table.take(count, 2)).toEqual({ used: 1, isTaken: true })
    expect(await table.take(count, 2)).toEqual({ used: 2, isTaken: true })
    expect(await table.take(count, 2)).toEqual({ used: 2, isTaken: false })
    expect(await table.take(count, 2.5)).toEqual({ used: 2, isTaken: false })
    expect(await table.take({ ...count, entity: 'bob' }, 0)).toEqual({ used: 0, isTaken: false })
  })

  it('counts all that come at once, and lets in as many as the limit says', async () => {
    const count = { ...anyCount, name: 'at once' }
    const takes = await Promise.all(Array.from({ length: 50 }, () => table.take(count, 20)))
    expect(takes.filter(({ isTaken }) => isTaken).length).toBe(20)
    expect(await table.used(count)).toBe(20)
  })

  it('keeps projects, names, entities and spans of time apart', async () => {
    const count = { ...anyCount, name: 'apart' }
    await table.add(count, 0.25)
    await table.add(count, 1e-7)
    expect(await table.used(count)).toBe(0.2500001)
    for (const other of [
      { ...count, projectId: 'p2' },
      { ...count, name: 'hourly' },
      { ...count, entity: 'bob' },
      { ...count, since: new Date('2026-11-24T00:00:00Z') },
    ]) {
      expect(await table.used(other)).toBe(0)
    }
  })

  it('forgets what is over, and keeps what is counted for ever', async () => {
    const count = { ...anyCount, name: 'kept' }
    const past = { ...count, since: new Date(0), until: new Date(1) }
    const forEver = { ...count, name: 'total', since: new Date(0), until: null }
    const now = { ...count, until: new Date(Date.now() + 3_600_000) }
    for (const one of [past, forEver, now]) await table.add(one, 1)
    await table.sweep()
    expect(await table.used(past)).toBe(0)
    expect(await table.used(forEver)).toBe(1)
    expect(await table.used(now)).toBe(1)
  })
})
