import { once } from 'node:events'
import { createServer } from 'node:net'

import { expect, it } from 'vitest'

import { createDatabase } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'

const { url = '' } = await makeTestDatabase('postgres')

function changed(change: (address: URL) => void): string {
  const address = new URL(url)
  change(address)
  return address.href
}

it('names the server that does not answer, but not the password', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  server.close()
  await once(server, 'close')

  const database = createDatabase({
    url: `postgres://ada:s3cret@127.0.0.1:${port}/data`,
    folder: '',
  })
  const error: unknown = await database.open().catch((reason: unknown) => reason)
  expect(error).toMatchObject({
    name: 'SetupError',
    code: 'database_unreachable',
    message: expect.stringContaining(`127.0.0.1:${port}`),
    hint: expect.stringContaining('DATABASE_URL'),
  })
  expect(JSON.stringify(error) + String(error)).not.toContain('s3cret')
  await database.close()
})

it.each([
  [
    'a user it does not know',
    'database_refused',
    (address: URL) => (address.username = 'stranger'),
  ],
  ['a database it has not', 'database_missing', (address: URL) => (address.pathname = '/missing')],
])('says when PostgreSQL is asked for %s', async (_, code, change) => {
  const database = createDatabase({ url: changed(change), folder: '' })
  await expect(database.query('select 1')).rejects.toMatchObject({ name: 'SetupError', code })
  await database.close()
})

it('refuses an address that is none, without repeating it', async () => {
  const database = createDatabase({ url: 'postgres://ada:s3cret@[nowhere/data', folder: '' })
  const error: unknown = await database.open().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'database_url_invalid' })
  expect(JSON.stringify(error) + String(error)).not.toContain('s3cret')
  await database.close()
})

it('connects again after it could not', async () => {
  const database = createDatabase({
    url: changed((address) => (address.pathname = '/later')),
    folder: '',
  })
  await expect(database.open()).rejects.toMatchObject({ code: 'database_missing' })
  const other = createDatabase({ url, folder: '' })
  await other.query('create database later')
  await expect(database.query('select 1 as one')).resolves.toEqual([{ one: 1 }])
  await Promise.all([database.close(), other.close()])
})

it('connects again after its connections were cut, and fails the query that was under way', async () => {
  const [database, other] = [
    createDatabase({ url, folder: '' }),
    createDatabase({ url, folder: '' }),
  ]
  const [session] = await database.query<{ pid: number }>('select pg_backend_pid() as pid')
  const sleeping = database.query('select pg_sleep(60)').catch((error: unknown) => error)
  const isSleeping = `select count(*) from pg_stat_activity where pid = $1 and query like '%pg_sleep(60)'`
  await expect.poll(() => other.query(isSleeping, [session?.pid])).toEqual([{ count: 1 }])
  await other.query('select pg_terminate_backend($1)', [session?.pid])
  await expect(sleeping).resolves.toMatchObject({ code: 'database_unreachable' })
  await expect(database.query('select 1 as one')).resolves.toEqual([{ one: 1 }])
  await Promise.all([database.close(), other.close()])
})

it('fails a transaction whose connection was cut between two queries', async () => {
  const [database, other] = [
    createDatabase({ url, folder: '' }),
    createDatabase({ url, folder: '' }),
  ]
  const transaction = database.transaction(async (query) => {
    const [session] = await query<{ pid: number }>('select pg_backend_pid() as pid')
    await other.query('select pg_terminate_backend($1, 5000)', [session?.pid])
    await query('select 1')
  })
  await expect(transaction).rejects.toMatchObject({ code: 'database_unreachable' })
  await Promise.all([database.close(), other.close()])
})

it('may be opened beside other work, and asked about later', async () => {
  const database = createDatabase({ url: 'postgres://127.0.0.1:1/data', folder: '' })
  const opened = database.open()
  await once(process, 'unhandledRejection', { signal: AbortSignal.timeout(500) }).catch(() => {})
  await expect(opened).rejects.toMatchObject({ code: 'database_unreachable' })
  await database.close()
})
