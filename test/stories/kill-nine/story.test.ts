import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'
import { startBusyClients } from '../busy-clients.ts'
import { expectExactLedger } from '../ledger-of.ts'

const config = join(import.meta.dirname, 'gateway.config.ts')
const KILLS = 3

describe.each(['embedded', 'postgres'] as const)('on %s', (kind) => {
  it('a killed gateway has lost nothing that a client saw, and counted nothing twice', async () => {
    let gateway = await serve({ config, database: await makeTestDatabase(kind) })
    const clients = startBusyClients(6, () => gateway.url)
    for (let kill = 1; kill <= KILLS; kill++) {
      await clients.more(150)
      if (kill === 2 && kind === 'embedded') await killDatabaseOf(gateway)
      gateway.kill('SIGKILL')
      gateway = await serve({ config, database: gateway.database })
    }
    await clients.more(50)
    await clients.stop()

    expect(clients.refusals).toEqual([])
    await expectExactLedger(gateway, clients.answered)
    const spool = await readdir(join(gateway.database.folder, 'spool'))
    expect(spool.filter((name) => !name.endsWith('.rows'))).toEqual([])

    gateway.kill('SIGTERM')
    expect(await gateway.ended).toEqual({ code: 0, signal: null })
    expect(await readdir(join(gateway.database.folder, 'spool'))).toEqual([])
  })
})

it('a gateway whose embedded database is killed serves on, and stores all when that is back', async () => {
  await using gateway = await serve({ config })
  const clients = startBusyClients(4, () => gateway.url)
  await clients.more(100)
  await killDatabaseOf(gateway)
  await clients.more(100)
  const report = async (): Promise<number> => (await gateway.ask('/usage/total', {})).status
  await expect.poll(report, { timeout: 60_000 }).toBe(200)
  await clients.stop()
  expect(clients.refusals).toEqual([])
  await expectExactLedger(gateway, clients.answered)
})

/** As when the machine runs out of memory: the database goes in the middle of its work. */
async function killDatabaseOf({ database }: ServedGateway): Promise<void> {
  const owner = await readFile(join(database.folder, 'database.owner.json'), 'utf8')
  process.kill(JSON.parse(owner).enginePid, 'SIGKILL')
}
