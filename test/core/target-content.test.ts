import { describe, expect, it } from 'vitest'

import { keywords } from '#plugins/guards/keywords'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'

import { say } from '../helpers/gateway.ts'
import { completion, startBehind } from '../helpers/openai.ts'
import { json } from '../helpers/upstream.ts'

const bringing = (content: string): object => ({
  router: {
    type: 'fallback',
    targets: [{ model: 'up/m', messages: [{ role: 'system', content }] }],
  },
})

describe('messages that a target brings along', () => {
  it('stand before those of the caller', async () => {
    await using both = await startBehind(() => json(completion()), { plugins: [routers()] })
    await both.gateway.chat(say('any', 'hi', bringing('Be brief.')))
    expect(both.upstream.requests[0]?.body.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'hi' },
    ])
  })

  it('are read by the guards before any model is asked', async () => {
    await using both = await startBehind(() => json(completion()), {
      plugins: [routers(), keywords({ words: ['swordfish'] })],
    })
    const answer = await both.gateway.chat(say('any', 'hi', bringing('swordfish')))
    expect(answer.status).toBe(446)
    expect(both.upstream.requests).toHaveLength(0)
  })

  it('are redacted like those of the caller', async () => {
    await using both = await startBehind(() => json(completion()), {
      plugins: [routers(), keywords({ words: ['swordfish'], action: 'redact' })],
    })
    await both.gateway.chat(say('any', 'a swordfish', bringing('No swordfish!')))
    const [request] = both.upstream.requests
    expect(request?.bytes.toString()).not.toContain('swordfish')
    expect(request?.body.messages).toHaveLength(2)
  })
})

describe('parameters of a target', () => {
  it('win over those of the caller', async () => {
    await using both = await startBehind(() => json(completion()), {
      plugins: [virtualModels({ models: { calm: [{ model: 'up/m', temperature: 0 }] } })],
    })
    await both.gateway.chat(say('calm', 'hi', { temperature: 1, top_p: 0.5 }))
    expect(both.upstream.requests[0]?.body).toEqual(say('m', 'hi', { temperature: 0, top_p: 0.5 }))
  })
})
