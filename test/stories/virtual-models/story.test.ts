import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { beforeAll, describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { say, type TestAnswer } from '../../helpers/gateway.ts'
import { KEY, serve, type ServedGateway } from '../../helpers/serve.ts'

const config = join(import.meta.dirname, 'gateway.config.ts')
let gateway: ServedGateway
/** Another process on the same database. */
let second: ServedGateway

beforeAll(async () => {
  gateway = await serve({ config, database: await makeTestDatabase('postgres') })
  second = await serve({ config, database: gateway.database })
})

const ask = (asked: ServedGateway, model = 'support'): Promise<TestAnswer> =>
  asked.chat(say(model, 'Hello.', { extra: { variables: { product: 'Tapgate' } } }))

const chosen = ({ headers }: TestAnswer): string =>
  `${headers.get('x-provider-name')}/${headers.get('x-model-name')}`

/** Asks until the answer comes from this model: the second process hears of a change within seconds. */
async function untilFrom(model: string): Promise<void> {
  while (chosen(await ask(second)) !== model) await sleep(50)
}

describe('a virtual model', () => {
  it('is made as a draft, published, improved and rolled back, while it is asked for', async () => {
    const made = await gateway.ask('/api/virtual-models', {
      name: 'support',
      targets: ['cheap/fail', 'cheap/echo'],
      messages: [{ role: 'system', content: 'You help users of {{product}}.' }],
    })
    expect(made.status).toBe(201)
    const refusal = await ask(gateway)
    expect(refusal.status).toBe(404)
    const [path = ''] = /\/api\/\S+publish/.exec(refusal.body.error.message) ?? []

    await gateway.ask(path, {})
    expect(chosen(await ask(gateway))).toBe('cheap/echo')
    await untilFrom('cheap/echo')

    const improved = { router: { type: 'fallback', targets: ['dear/echo'] }, publish: true }
    const init = { method: 'PUT', body: JSON.stringify(improved) }
    const headers = { authorization: `Bearer ${KEY}` }
    await fetch(`${gateway.url}/api/virtual-models/support`, { ...init, headers })
    expect(chosen(await ask(gateway))).toBe('dear/echo')
    await untilFrom('dear/echo')
    expect(chosen(await ask(second, 'support@1'))).toBe('cheap/echo')

    await second.ask(path, {})
    expect(chosen(await ask(second))).toBe('cheap/echo')
  })

  it('is in the ledger under the name that was asked for', async () => {
    await ask(gateway, 'support@2')
    // The report is made of all rows, so it brings those that wait into the table first.
    await gateway.ask('/usage/total', {})
    const rows = await gateway.query<object>(
      `select requested_model, provider, model from requests where requested_model = 'support@2'`,
    )
    expect(rows[0]).toEqual({ requested_model: 'support@2', provider: 'dear', model: 'echo' })
  })

  it('is listed for its own project only, and changed by its administrators', async () => {
    const { id, key } = (await gateway.ask('/api/keys', { name: 'other' })).body
    const [project] = await gateway.query<{ id: string }>(
      `insert into projects (name) values ('other') returning id`,
    )
    await gateway.query('update api_keys set project_id = $1, changed_at = now() where id = $2', [
      project?.id,
      id,
    ])
    const headers = { authorization: `Bearer ${key}` }
    while ((await gateway.chat(say('support', 'Hello.'), headers)).status !== 404) await sleep(50)
    expect((await gateway.ask('/api/virtual-models', undefined, headers)).status).toBe(200)
    const refusal = await gateway.ask('/api/virtual-models', { name: 'x' }, headers)
    expect(refusal.body.error.code).toBe('insufficient_scope')
    const listed = async (more?: Record<string, string>): Promise<readonly string[]> => {
      const { data } = (await gateway.ask('/v1/models', undefined, more)).body
      return data.map((model: { readonly id: string }) => model.id)
    }
    expect(await listed()).toEqual(expect.arrayContaining(['default', 'support']))
    expect(await listed(headers)).toContain('default')
    expect(await listed(headers)).not.toContain('support')
  })
})
