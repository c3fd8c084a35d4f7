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

async function providerFor(id: string): Promise<string | null> {
  const answer = await gateway.chat(say('assistant', 'Hello.', { extra: { user: { id } } }))
  return answer.headers.get('x-provider-name')
}

it('gives a fifth of the users the new model, and each the same one every time', async () => {
  const users = Array.from({ length: 300 }, (_, index) => `user-${index}`)
  const first = await Promise.all(users.map(providerFor))
  const again = await Promise.all(users.map(providerFor))
  expect(again).toEqual(first)
  // The names are the same in every run, and so are their numbers: 60 would be a fifth.
  const candidates = first.filter((provider) => provider === 'candidate').length
  expect(candidates).toBeGreaterThan(40)
  expect(candidates).toBeLessThan(80)
})
