import { setTimeout as sleep } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { virtualModels } from '#plugins/routing/virtual-models'

import { startCuttableProxy } from '../../../helpers/cuttable-proxy.ts'
import { makeTestDatabase } from '../../../helpers/database.ts'
import { openWorkshop } from './workshop.ts'

const at = (temperature: number): object => ({ targets: ['b/one'], parameters: { temperature } })

it('is served by other gateways within seconds, and while the database is away', async () => {
  const { url = '' } = await makeTestDatabase('postgres')
  const address = new URL(url)
  await using proxy = await startCuttableProxy(address.hostname, Number(address.port))
  address.port = String(proxy.port)
  await using other = await openWorkshop({ url, folder: '' }, virtualModels())
  await other.make('early', at(0.1))
  await using cutOff = await openWorkshop({ url: address.href, folder: '' }, virtualModels())
  expect((await cutOff.asked('early')).temperature).toBe(0.1)

  /** The temperature, once the gateway has heard of the last change; undefined when it is gone. */
  const heard = async (name: string, temperature: number | undefined): Promise<void> => {
    const answer = await cutOff.chat(name)
    const content = answer.body.choices?.[0].message.content
    if ((content && JSON.parse(content).temperature) === temperature) return
    await sleep(50)
    return heard(name, temperature)
  }
  await other.make('late', at(0.2))
  await heard('late', 0.2)
  await other.api('PUT', '/late', { ...at(0.3), publish: true })
  await heard('late', 0.3)

  proxy.cut()
  await other.api('POST', '/late/versions/1/publish')
  await other.api('DELETE', '/early')
  expect((await cutOff.asked('late')).temperature).toBe(0.3)
  expect((await cutOff.asked('early')).temperature).toBe(0.1)
  const refusal = await cutOff.api('POST', '', { name: 'new', ...at(0) })
  expect(refusal.status).toBe(503)

  proxy.mend()
  await heard('late', 0.2)
  await heard('early', undefined)
})
