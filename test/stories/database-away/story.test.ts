import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { say } from '../../helpers/gateway.ts'
import { serve } from '../../helpers/serve.ts'
import { startBusyClients } from '../busy-clients.ts'
import { expectExactLedger } from '../ledger-of.ts'
import { startOwnPostgres } from './own-postgres.ts'
import { startStallableProxy } from './stallable-proxy.ts'

const config = join(import.meta.dirname, 'gateway.config.ts')

// Together, for they wait more than they work.
describe.concurrent('a gateway whose database is away', () => {
  it('serves known keys, and stores what they used when it is back', async () => {
    await using postgres = await startOwnPostgres()
    await using gateway = await serve({ config, database: { url: postgres.url, folder: '' } })
    const stranger = { authorization: 'Bearer sk-a-key-that-was-never-made' }
    const askStranger = (): ReturnType<typeof gateway.chat> =>
      gateway.chat(say('demo/echo', 'Hello.'), stranger)
    const clients = startBusyClients(6, () => gateway.url)
    await clients.more(200)

    await postgres.stop()
    await clients.more(200)
    await gateway.printed(/The database takes no usage: it is kept in the spool until it does/)

    const refusal = await askStranger()
    expect(refusal.status).toBe(503)
    expect(refusal.headers.get('retry-after')).toBe('2')
    expect(refusal.body.error).toMatchObject({
      code: 'overloaded',
      message:
        'This API key cannot be checked now, because the database does not answer. Try again.',
    })
    const report = await gateway.ask('/usage/total', {})
    expect(report.status).toBe(503)
    expect(report.body.error).toMatchObject({
      code: 'overloaded',
      message: 'The database can not be reached at the moment.',
    })
    expect((await gateway.ask('/readyz')).status).toBe(200)
    await clients.more(200)

    await postgres.startAgain()
    await clients.more(200)
    await clients.stop()
    expect(clients.refusals).toEqual([])
    await expectExactLedger(gateway, clients.answered)
    expect((await askStranger()).status).toBe(401)
    expect(gateway.output).not.toMatch(/"level":"fatal"|caught by nobody/)
  })

  it('leaves the usage to the next gateway when it stops meanwhile', async () => {
    await using postgres = await startOwnPostgres()
    await using gateway = await serve({ config, database: { url: postgres.url, folder: '' } })
    const clients = startBusyClients(2, () => gateway.url)
    await clients.more(20)
    await postgres.stop()
    await clients.more(20)
    await clients.stop()
    gateway.kill('SIGTERM')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })

    await postgres.startAgain()
    await using next = await serve({ config, database: gateway.database })
    await expectExactLedger(next, clients.answered)
  })

  it('gives up connections that fall silent, and stores what waited for them', async () => {
    const { url = '' } = await makeTestDatabase('postgres')
    const address = new URL(url)
    await using proxy = await startStallableProxy(address.hostname, Number(address.port))
    address.port = String(proxy.port)
    await using gateway = await serve({ config, database: { url: address.href, folder: '' } })
    const clients = startBusyClients(1, () => gateway.url)
    await clients.more(20)
    proxy.stall()
    await clients.more(20)
    await clients.stop()
    expect(clients.refusals).toEqual([])
    await gateway.printed(/The database takes no usage: it is kept in the spool until it does/)
    await expectExactLedger(gateway, clients.answered)
  })

  it('does not start without it, and says what to check', async () => {
    const database = { url: 'postgres://nobody:hunter2@127.0.0.1:1/none', folder: '' }
    const fault = await serve({ config, database }).catch(String)
    expect(fault).toContain('PostgreSQL at 127.0.0.1:1 cannot be reached')
    expect(fault).toContain(
      'Check that it runs and that DATABASE_URL names the right host and port.',
    )
    expect(fault).not.toMatch(/hunter2|\n +at /)
  })
})
