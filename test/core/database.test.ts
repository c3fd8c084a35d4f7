import { DatabaseError } from 'pg'
import { beforeAll, beforeEach, expect, it } from 'vitest'

import type { Database } from '../../core/database.ts'
import { describeDatabases } from '../helpers/database.ts'

interface Account {
  readonly id: number
  readonly name: string
}

describeDatabases((kind, openTestDatabase) => {
  let database: Database

  beforeAll(async () => {
    database = await openTestDatabase()
    await database.query('create table accounts (id int primary key, name text not null unique)')
  })

  beforeEach(() => database.query('truncate accounts'))

  const insert = (id: number, name = `name ${id}`): Promise<object[]> =>
    database.query('insert into accounts values ($1, $2)', [id, name])
  const names = async (): Promise<string[]> =>
    (await database.query<Account>('select name from accounts order by id')).map(({ name }) => name)

  it('says which kind it is', () => {
    expect(database.kind).toBe(kind)
  })

  it('gives the rows of a query', async () => {
    await insert(1, 'Ada')
    await expect(database.query<Account>('select * from accounts')).resolves.toEqual([
      { id: 1, name: 'Ada' },
    ])
  })

  it('runs several statements at once and gives the rows of the last', async () => {
    const rows = await database.query(`insert into accounts values (1, 'Ada'); select 7 as seven`)
    expect(rows).toEqual([{ seven: 7 }])
    await expect(names()).resolves.toEqual(['Ada'])
  })

  it('gives values as the types that hold them exactly', async () => {
    const [row] = await database.query(
      `select 42::bigint as bigint, 9007199254740993::bigint as big, 1.10::numeric as numeric,
         array[1, null]::bigint[] as bigints, array[1.10]::numeric[] as numerics,
         date '2026-11-23' as date, timestamptz '2026-11-23 01:00+01' as time,
         jsonb '{"deep": [1]}' as json, bytea '\\x00ff' as bytes, null as nothing`,
    )
    expect(row).toEqual({
      bigint: 42,
      big: '9007199254740993',
      numeric: '1.10',
      bigints: [1, null],
      numerics: ['1.10'],
      date: '2026-11-23',
      time: new Date('2026-11-23T00:00:00Z'),
      json: { deep: [1] },
      bytes: Buffer.from([0, 255]),
      nothing: null,
    })
  })

  it('counts as a number', async () => {
    await insert(1)
    await expect(database.query('select count(*) from accounts')).resolves.toEqual([{ count: 1 }])
  })

  it('lets days begin at midnight UTC', async () => {
    const time = new Date('2026-11-23T23:30:00Z')
    const [row] = await database.query('select $1::timestamptz::date as day', [time])
    expect(row).toEqual({ day: '2026-11-23' })
  })

  it('writes many rows with one statement', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => index)
    await database.query(
      'insert into accounts select * from unnest($1::int[], $2::text[]) as given(id, name)',
      [ids, ids.map((id) => `name ${id}`)],
    )
    await expect(names()).resolves.toHaveLength(1000)
  })

  it('rejects with what PostgreSQL objects to', async () => {
    await insert(1)
    const duplicate = insert(1)
    await expect(duplicate).rejects.toBeInstanceOf(DatabaseError)
    await expect(duplicate).rejects.toMatchObject({ code: '23505', constraint: 'accounts_pkey' })
    await expect(database.query('select nothing')).rejects.toMatchObject({ code: '42703' })
    await expect(names()).resolves.toHaveLength(1)
  })

  it('answers each of many parallel queries with its own rows, however large', async () => {
    const large = 'x'.repeat(300_000)
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        index % 4 === 0
          ? database.query('select $1::int as own, length($2::text) as size', [index, large])
          : database.query('select $1::int as own, 0 as size', [index]),
      ),
    )
    expect(answers).toEqual(
      answers.map((_, index) => [{ own: index, size: index % 4 === 0 ? large.length : 0 }]),
    )
  })

  it('keeps what a transaction wrote', async () => {
    const result = await database.transaction(async (query) => {
      await query(`insert into accounts values (1, 'Ada')`)
      await query(`insert into accounts values (2, 'Grace')`)
      return 'done'
    })
    expect(result).toBe('done')
    await expect(names()).resolves.toEqual(['Ada', 'Grace'])
  })

  it('undoes a transaction that throws', async () => {
    const transaction = database.transaction(async (query) => {
      await query(`insert into accounts values (1, 'Ada')`)
      throw new Error('No more.')
    })
    await expect(transaction).rejects.toThrow('No more.')
    await expect(names()).resolves.toEqual([])
  })

  it('undoes a transaction whose query fails', async () => {
    const transaction = database.transaction(async (query) => {
      await query(`insert into accounts values (1, 'Ada')`)
      await query(`insert into accounts values (1, 'Grace')`)
    })
    await expect(transaction).rejects.toMatchObject({ code: '23505' })
    await expect(names()).resolves.toEqual([])
  })

  it('does not call a transaction done when a failure in it was passed over', async () => {
    const transaction = database.transaction(async (query) => {
      await query(`insert into accounts values (1, 'Ada')`)
      await query('select 1 / 0').catch(() => {})
    })
    await expect(transaction).rejects.toThrow('was rolled back')
    await expect(names()).resolves.toEqual([])
  })

  it('keeps parallel transactions apart', async () => {
    await insert(1, '0')
    await Promise.all(
      Array.from({ length: 20 }, () =>
        database.transaction(async (query) => {
          const [row] = await query<Account>('select * from accounts where id = 1 for update')
          await query('update accounts set name = $1 where id = 1', [`${Number(row?.name) + 1}`])
        }),
      ),
    )
    await expect(names()).resolves.toEqual(['20'])
  })

  it('shows nobody what a transaction has not committed yet', async () => {
    const written = Promise.withResolvers<void>()
    const transaction = database.transaction(async (query) => {
      await query(`insert into accounts values (1, 'Ada')`)
      written.resolve()
      await query('select pg_sleep(0.05)')
      throw new Error('No more.')
    })
    await written.promise
    await Promise.all([
      expect(names()).resolves.toEqual([]),
      expect(transaction).rejects.toThrow('No more.'),
    ])
  })

  it('refuses other queries inside a transaction, which would wait for it', async () => {
    const transaction = database.transaction(() => database.query('select 1'))
    await expect(transaction).rejects.toThrow('use the query that the transaction gives')
  })

  it('refuses the query of a transaction that has ended', async () => {
    const query = await database.transaction(async (given) => given)
    await expect(query('select 1')).rejects.toThrow('has ended')
  })

  it('opens by itself for the first query, closes twice, and is closed then', async () => {
    await using other = await openTestDatabase()
    await Promise.all([other.open(), other.open()])
    await expect(other.query('select 1 as one')).resolves.toEqual([{ one: 1 }])
    await Promise.all([other.close(), other.close()])
    await other.close()
    await expect(other.query('select 1')).rejects.toThrow('The database is closed.')
  })
})
