import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openai } from '#plugins/providers/openai-compatible'
import { virtualModels } from '#plugins/routing/virtual-models'

import { say, startGateway, type TestGateway } from '../../../helpers/gateway.ts'
import { plugins, settings } from './past.ts'

const PATH = '/api/routing/explain'
const mild = { model: 'a/small', temperature: 0.2 }
let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway({
    plugins: [...plugins(), openai(), virtualModels({ models: { team: [mild, 'openai/gpt-5'] } })],
    settings,
  })
})
afterAll(() => gateway.stop())

describe('POST /api/routing/explain', () => {
  it('tells the targets in order, with what is known of each', async () => {
    const { status, body } = await gateway.post(PATH, { request: say('team', 'hi') })
    expect(status).toBe(200)
    expect(body.targets).toMatchObject([
      {
        provider: 'a',
        model: 'small',
        parameters: { temperature: 0.2 },
        state: 'ready',
        hint: null,
        prices: { input: 1, output: 2 },
        context_window: null,
        metrics: null,
      },
      { provider: 'openai', model: 'gpt-5', parameters: {}, state: 'off', context_window: 400_000 },
    ])
    expect(body.targets[1].hint).toContain('OPENAI_API_KEY')
    expect(body.targets[1].prices.input).toBeGreaterThan(0)
  })

  it('takes the request itself, and tells who decided in how long', async () => {
    const router = { type: 'fallback', targets: ['a/large', 'b/free'] }
    const { body } = await gateway.post(PATH, say('any', 'hi', { router }))
    expect(body.targets).toMatchObject([{ model: 'large' }, { model: 'free', prices: null }])
    expect(body.steps[0]).toMatchObject({
      plugin: 'routers',
      step: 'routing',
      decision: 'targets: a/large, b/free',
    })
    expect(body.steps[0].micros).toBeGreaterThan(0)
  })

  it('routes by the headers that it is told', async () => {
    const script = `const route = ({ headers }) => headers['x-tags'] === 'tier=gold' ? 'a/large' : 'a/small'`
    const request = say('any', 'hi', { router: { type: 'script', script } })
    const gold = await gateway.post(PATH, { request, headers: { 'X-Tags': 'tier=gold' } })
    expect(gold.body.targets).toMatchObject([{ model: 'large' }])
    const plain = await gateway.post(PATH, { request })
    expect(plain.body.targets).toMatchObject([{ model: 'small' }])
  })

  it('explains the other operations', async () => {
    const request = { model: 'openai/text-embedding-3-small', input: 'hi' }
    const { body } = await gateway.post(PATH, { operation: 'embeddings', request })
    expect(body.targets).toMatchObject([{ provider: 'openai', model: 'text-embedding-3-small' }])
  })

  it('tells how the targets did lately', async () => {
    await gateway.chat(say('b/free', 'hi'))
    const { body } = await gateway.post(PATH, say('b/free', 'hi'))
    expect(body.targets[0].metrics).toMatchObject({ requests: 1, error_rate: 0, in_flight: 0 })
    expect(body.targets[0].metrics.latency).toBeGreaterThanOrEqual(0)
  })

  it('leaves a round robin where it is', async () => {
    const router = { type: 'round_robin', name: 'in-turn', targets: ['a/small', 'a/large'] }
    const request = say('any', 'hi', { router })
    const next = async (): Promise<unknown> => {
      const { body } = await gateway.post(PATH, request)
      return body.targets[0].model
    }
    expect([await next(), await next()]).toEqual(['small', 'small'])
    await gateway.chat(request)
    expect(gateway.records.at(-1)?.model).toBe('small')
    expect([await next(), await next()]).toEqual(['large', 'large'])
  })

  it('calls nobody', async () => {
    const before = gateway.records.length
    await gateway.post(PATH, say('a/small', 'hi'))
    await gateway.chat(say('a/large', 'hi'))
    expect(gateway.records).toHaveLength(before + 1)
  })

  it.each([
    ['an unknown model', say('a/smal', 'hi')],
    ['no messages', { model: 'a/small' }],
    ['a message that is none', { model: 'a/small', messages: [{ role: 'king' }] }],
    ['a router that is not valid', say('x', 'hi', { router: { type: 'fallback', targets: [] } })],
    ['a script that fails', say('x', 'hi', { router: { type: 'script', script: 'route = 1' } })],
  ])('refuses %s as the request itself would be', async (_what, request) => {
    const refused = await gateway.chat(request)
    const { request_id: _id, ...details } = refused.body.error.details
    const explained = await gateway.post(PATH, { request })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(explained.status).toBe(refused.status)
    expect(explained.body.error).toMatchObject({ ...refused.body.error, details })
  })

  it.each([
    ['nothing', {}, 'request'],
    ['a text', { request: 'hi' }, 'request'],
    ['an operation that is none', { request: {}, operation: 'guess' }, 'operation'],
    ['a header that is no text', { request: {}, headers: { a: 1 } }, 'headers.a'],
    ['a field that is none', { request: {}, body: {} }, 'body'],
  ])('names what is wrong with %s', async (_what, body, param) => {
    const answer = await gateway.post(PATH, body)
    expect(answer).toMatchObject({ status: 400, body: { error: { param } } })
  })
})
