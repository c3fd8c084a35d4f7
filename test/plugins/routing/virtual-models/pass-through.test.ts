import { beforeAll, expect, it } from 'vitest'

import { virtualModels } from '#plugins/routing/virtual-models'

import { createDatabase, type DatabaseSettings } from '../../../../core/database.ts'
import { makeTestDatabase } from '../../../helpers/database.ts'
import { completion, startBehind } from '../../../helpers/openai.ts'
import { json } from '../../../helpers/upstream.ts'

let settings: DatabaseSettings

beforeAll(async () => {
  settings = await makeTestDatabase('postgres')
})

it.each([
  ['only names a target', { targets: ['up/m'] }],
  ['has parameters that the request has too', { targets: ['up/m'], parameters: { seed: 7 } }],
])('the bytes go through when it %s', async (_which, definition) => {
  await using both = await startBehind(() => json(completion()), {
    plugins: [virtualModels({ models: { plain: definition } })],
    database: createDatabase(settings),
  })
  const body = '{"model": "plain",  "messages":[{"role":"user","content":"h\\u0069"}], "seed":1.0}'
  expect((await both.gateway.chat(body as never)).status).toBe(200)
  const sent = body.replace('"plain"', '"m"')
  expect(both.upstream.requests[0]?.bytes.toString()).toBe(sent)
})
