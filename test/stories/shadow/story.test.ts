import { join } from 'node:path'

import { beforeAll, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { say } from '../../helpers/gateway.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'

let gateway: ServedGateway

beforeAll(async () => {
  gateway = await serve({
    config: join(import.meta.dirname, 'gateway.config.ts'),
    database: await makeTestDatabase('postgres'),
  })
})

interface Row {
  readonly request_id: string
  readonly purpose: string
  readonly provider: string
  readonly thread_id: string
  readonly parent_id: string | null
  readonly cost: string
}

const rows = (): Promise<Row[]> =>
  gateway.query<Row>(
    'select request_id, purpose, provider, thread_id, parent_id, cost from requests order by request_id',
  )

it('asks the second model the same, and charges the caller for the first alone', async () => {
  const answer = await gateway.chat(say('assistant', 'Hello.'))
  expect(answer.headers.get('x-provider-name')).toBe('current')
  expect(answer.body.choices[0].message.content).toBe('Hello.')

  await expect.poll(async () => (await rows()).length, { timeout: 30_000 }).toBe(2)
  const [request, copy] = await rows()
  expect(request).toMatchObject({ purpose: 'request', provider: 'current', parent_id: null })
  expect(copy).toMatchObject({
    purpose: 'shadow',
    provider: 'candidate',
    parent_id: request?.request_id,
    thread_id: request?.thread_id,
  })
  expect(Number(copy?.cost)).toBeGreaterThan(Number(request?.cost))

  const { total } = (await gateway.ask('/usage/total', {})).body
  expect(total.total_cost).toBeCloseTo(Number(request?.cost), 12)
})
