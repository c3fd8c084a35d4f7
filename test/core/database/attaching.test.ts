import { describe, expect, it, vi } from 'vitest'

import type { Database } from '../../../core/database.ts'
import { readOwner } from '../../../core/database/folder-owner.ts'
import { useEmbeddedFolder } from '../../helpers/embedded-folder.ts'

// Each test starts several processes, one after the other.
vi.setConfig({ testTimeout: 60_000 })

const data = useEmbeddedFolder()

describe('attaching', () => {
  it('uses the database of the gateway that runs, and leaves it running', async () => {
    const owner = data.database()
    await owner.query('create table rows (id text)')
    const guest = data.database('attach')
    await guest.query(`insert into rows values ('from the guest')`)
    await guest.close()
    await expect(owner.query('select * from rows')).resolves.toEqual([{ id: 'from the guest' }])
  })

  it('keeps the transactions and the large queries of two processes apart', async () => {
    const [owner, guest] = [data.database(), data.database('attach')]
    await owner.query('create table counters (value int); insert into counters values (0)')
    const large = 'x'.repeat(300_000)
    const increment = (by: Database): Promise<object[]> =>
      by.transaction(async (query) => {
        const [row] = await query<{ value: number }>('select value from counters')
        return query('update counters set value = $1 where length($2::text) > 0', [
          Number(row?.value) + 1,
          large,
        ])
      })
    const measure = (by: Database): Promise<object[]> =>
      by.query('select length($1::text) as size', [large])
    const both = Array.from({ length: 10 }, () => [owner, guest]).flat()
    const [sizes] = await Promise.all([
      Promise.all(both.map(measure)),
      Promise.all(both.map(increment)),
    ])
    expect(sizes).toEqual(both.map(() => [{ size: large.length }]))
    await expect(guest.query('select value from counters')).resolves.toEqual([{ value: 20 }])
  })

  it('waits for a gateway that is just starting', async () => {
    const [owner, guest] = [data.database(), data.database('attach')]
    const opening = owner.open()
    await expect.poll(() => readOwner(data.folder), { interval: 1 }).toBeDefined()
    await guest.open()
    await opening
    await expect(guest.query('select 1 as one')).resolves.toEqual([{ one: 1 }])
  })

  it('runs the database itself when no gateway does', async () => {
    const alone = data.database('attach')
    await alone.open()
    expect(readOwner(data.folder)?.pid).toBe(process.pid)
  })

  it('says so when the gateway has stopped', async () => {
    const [owner, guest] = [data.database(), data.database('attach')]
    await owner.open()
    await guest.open()
    await owner.close()
    await expect(guest.query('select 1')).rejects.toMatchObject({
      code: 'database_unreachable',
      hint: expect.stringContaining('gateway'),
    })
  })
})
