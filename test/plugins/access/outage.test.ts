import { describe, expect, it } from 'vitest'

import { accounts } from '#plugins/access/accounts'

import { createDatabase, type Database } from '../../../core/database.ts'
import { startCuttableProxy } from '../../helpers/cuttable-proxy.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import { demoLike } from '../../helpers/demo-like.ts'
import { startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { chat, create, MASTER, revoke, SECRET, untilStatus } from './house.ts'

describe('while the database is away', () => {
  it('known keys go on, unknown ones are asked to wait, and all is well when it is back', async () => {
    const { url = '' } = await makeTestDatabase('postgres')
    const address = new URL(url)
    await using proxy = await startCuttableProxy(address.hostname, Number(address.port))
    address.port = String(proxy.port)
    const start = (database: Database): Promise<TestGateway> =>
      startGateway({
        plugins: [accounts(), demoLike()],
        database,
        environment: { TAPGATE_SECRET: SECRET, TAPGATE_KEY: MASTER },
      })
    await using cutOff = await start(createDatabase({ url: address.href, folder: '' }))
    await using other = await start(createDatabase({ url, folder: '' }))
    const { key, id } = (await create(other, { name: 'k' })).body
    expect((await chat(cutOff, key)).status).toBe(200)

    proxy.cut()
    const unseen = (await create(other, { name: 'unseen' })).body
    expect((await chat(cutOff, key)).status).toBe(200)
    const refusal = await chat(cutOff, unseen.key)
    expect(refusal.status).toBe(503)
    expect(refusal.body.error.code).toBe('overloaded')
    expect(refusal.headers.get('retry-after')).toBe('2')
    await revoke(other, id)
    expect((await chat(cutOff, key)).status).toBe(200)

    proxy.mend()
    await untilStatus(() => chat(cutOff, key), 401)
    expect((await chat(cutOff, unseen.key)).status).toBe(200)
  })

  it('warns of a secret that only this machine has', async () => {
    const settings = await makeTestDatabase('postgres')
    await using gateway = await startGateway({
      plugins: [accounts()],
      database: createDatabase(settings),
      environment: { TAPGATE_KEY: MASTER },
    })
    const check = gateway.gateway.checks.find(({ name }) => name === 'API keys')
    expect(await check?.run()).toMatchObject({
      status: 'warning',
      fix: expect.stringContaining('TAPGATE_SECRET'),
    })
  })
})
