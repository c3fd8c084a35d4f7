import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { beforeAll, describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { say } from '../../helpers/gateway.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'

/** A project of its own, and a key with all that its administrator may do. */
interface Tenant {
  readonly project: string
  readonly keyId: string
  /** The headers of its requests. */
  readonly headers: Record<string, string>
}

const config = join(import.meta.dirname, 'gateway.config.ts')
let gateway: ServedGateway
let red: Tenant
let blue: Tenant

beforeAll(async () => {
  gateway = await serve({ config, database: await makeTestDatabase('postgres') })
  ;[red, blue] = await Promise.all([makeTenant('red'), makeTenant('blue')])
})

async function makeTenant(name: string): Promise<Tenant> {
  const permissions = ['read', 'write', 'admin']
  const { id, key } = (await gateway.ask('/api/keys', { name, permissions })).body
  const headers = { authorization: `Bearer ${key}` }
  const [project] = await gateway.query<{ id: string }>(
    'insert into projects (name) values ($1) returning id',
    [name],
  )
  await gateway.query('update api_keys set project_id = $1, changed_at = now() where id = $2', [
    project?.id,
    id,
  ])
  // The gateway hears of the change within seconds.
  while ((await keysSeenBy(headers)).join() !== id) await sleep(50)
  return { project: project?.id ?? '', keyId: id, headers }
}

async function keysSeenBy(headers: Record<string, string>): Promise<readonly string[]> {
  const { data } = (await gateway.ask('/api/keys', undefined, headers)).body
  return data.map(({ id }: { readonly id: string }) => id)
}

describe('two projects on one gateway', () => {
  it('have each a report of their own use', async () => {
    await gateway.chat(say('demo/echo', 'One.'), red.headers)
    await gateway.chat(say('demo/echo', 'Two.'), red.headers)
    await gateway.chat(say('demo/echo', 'A text of more words than the others.'), blue.headers)
    for (const [{ headers, project }, count] of [
      [red, 2],
      [blue, 1],
    ] as const) {
      const { total } = (await gateway.ask('/usage/total', {}, headers)).body
      const [sum] = await gateway.query<any>(
        `select count(*), sum(tokens_input)::float8 as input, sum(cost)::float8 as cost
         from requests where project_id = $1`,
        [project],
      )
      expect(sum.count).toBe(count)
      expect(total).toMatchObject({ total_input_tokens: sum.input, total_cost: sum.cost })
    }
    const { total } = (await gateway.ask('/usage/total', {})).body
    expect(total).toMatchObject({ total_input_tokens: 0, total_cost: 0 })
  })

  it('read the explain records of their own requests only', async () => {
    const answer = await gateway.chat(say('demo/echo', 'Explained.'), {
      ...red.headers,
      'x-tapgate-explain': '1',
    })
    const path = `/api/requests/${answer.headers.get('x-request-id')}/explain`
    // The second process has it from the ledger, the first one still in memory.
    await using second = await serve({ config, database: gateway.database })
    for (const asked of [gateway, second]) {
      expect((await asked.ask(path, undefined, red.headers)).body.steps).not.toEqual([])
      for (const headers of [blue.headers, {}]) {
        const refusal = await asked.ask(path, undefined, headers)
        expect(refusal.status).toBe(404)
        expect(refusal.body.error.code).toBe('request_not_found')
      }
    }
  })

  it('see and revoke no keys but their own', async () => {
    expect(await keysSeenBy(red.headers)).toEqual([red.keyId])
    const revoke = async (id: string): Promise<number> => {
      const init = { method: 'DELETE', headers: red.headers }
      return (await fetch(`${gateway.url}/api/keys/${id}`, init)).status
    }
    expect(await revoke(blue.keyId)).toBe(404)
    expect((await gateway.chat(say('demo/echo', 'Hello.'), blue.headers)).status).toBe(200)
    expect(await revoke(red.keyId)).toBe(200)
    const refusal = await gateway.chat(say('demo/echo', 'Hello.'), red.headers)
    expect(refusal.body.error.code).toBe('revoked_api_key')
  })
})
