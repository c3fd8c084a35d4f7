import { join } from 'node:path'

import { beforeAll, describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { say, type TestAnswer } from '../../helpers/gateway.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'

let gateway: ServedGateway

beforeAll(async () => {
  gateway = await serve({
    config: join(import.meta.dirname, 'gateway.config.ts'),
    database: await makeTestDatabase('postgres'),
  })
})

const askAs = (user: object): Promise<TestAnswer> =>
  gateway.chat(say('assistant', 'Hello.', { extra: { user } }))

const provider = ({ headers }: TestAnswer): string | null => headers.get('x-provider-name')

describe('a user', () => {
  it('who pays gets the dear model, as often as they like', async () => {
    for (let count = 5; count > 0; count--) {
      const answer = await askAs({ id: 'ada', tier: 'premium' })
      expect(provider(answer)).toBe('dear')
    }
    expect(provider(await askAs({ id: 'ada', tags: ['business'] }))).toBe('dear')
  })

  it('who does not pay gets the cheap one, three times', async () => {
    const answers = []
    for (let count = 4; count > 0; count--) answers.push(await askAs({ id: 'bob' }))
    expect(answers.slice(0, 3).map(provider)).toEqual(['cheap', 'cheap', 'cheap'])
    expect(answers[3]?.status).toBe(403)
    expect(answers[3]?.body.error).toMatchObject({
      code: 'blocked_by_route',
      message: 'You have asked three times. Subscribe to ask more.',
      details: { route: 'quota' },
    })
    expect(provider(await askAs({ id: 'eve' }))).toBe('cheap')
  })
})
