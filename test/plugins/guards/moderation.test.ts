import { describe, expect, it } from 'vitest'

import { SetupError, type PluginEntry } from '#core'
import { guards } from '#plugins/guards/guards'
import { moderation } from '#plugins/guards/moderation'

import { startGateway, type TestAnswer } from '../../helpers/gateway.ts'
import { json, status, type Handler } from '../../helpers/upstream.ts'
import { openai } from './service-cases/moderation.ts'
import { BAD, describeService, PLANTED, startServed } from './service-guard.ts'

describeService(openai)

it('asks as OpenAI wants to be asked, and tells the score and the categories', async () => {
  await using served = await startServed(openai, (request) => json(openai.answer(request)))
  const answer = await served.ask(`in ${BAD}`)
  const [request] = served.service.requests
  expect(request).toMatchObject({ method: 'POST', path: '/v1/moderations' })
  expect(request?.headers.authorization).toBe(`Bearer ${PLANTED}`)
  expect(request?.body).toEqual({ model: 'omni-moderation-latest', input: [`in ${BAD}`] })
  expect(answer.body.details).toMatchObject({
    passed: false,
    confidence: 0.93,
    text: 'The text was flagged as harmful: violence.',
  })
})

it('judges all that the model reads, and each image', async () => {
  await using served = await startServed(openai, (request) => json(openai.answer(request)), {
    stage: 'input',
  })
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
  const content = [{ type: 'text', text: 'look' }, image]
  const messages = [
    { role: 'system', content: 'be kind' },
    { role: 'user', content },
  ]
  const answer = await served.gateway.chat({ model: 'up/m', messages })
  expect(answer.status).toBe(200)
  expect(served.service.requests.map(({ body }) => body.input)).toEqual(
    expect.arrayContaining([['be kind', 'look'], [image]]),
  )
})

it('reads only the last message when told so', async () => {
  await using served = await startServed(openai, (request) => json(openai.answer(request)), {
    stage: 'input',
    scope: 'last_message',
  })
  const messages = [
    { role: 'user', content: BAD },
    { role: 'user', content: 'hello' },
  ]
  expect((await served.gateway.chat({ model: 'up/m', messages })).status).toBe(200)
})

it('blocks what it finds in a text, though an image breaks the service', async () => {
  const handler: Handler = (request) =>
    request.body.input[0].type === 'image_url' ? status(400) : json(openai.answer(request))
  await using served = await startServed(openai, handler, { stage: 'input', onError: 'allow' })
  const image = { type: 'image_url', image_url: { url: 'https://images.example/broken' } }
  const send = (text: string): Promise<TestAnswer> => {
    const content = [{ type: 'text', text }, image]
    return served.gateway.chat({ model: 'up/m', messages: [{ role: 'user', content }] })
  }
  expect((await send(BAD)).status).toBe(446)
  expect((await send('look')).status).toBe(200)
})

describe('categories and thresholds', () => {
  it.each([
    [{ categories: ['hate'] }, 200],
    [{ categories: ['violence'] }, 446],
    [{ thresholds: { violence: 0.95 } }, 200],
    [{ thresholds: { hate: 0.01 } }, 446],
    [{ categories: ['hate'], thresholds: { hate: 0.02 } }, 200],
    // A category that the service does not know would never block.
    [{ categories: ['violense'] }, 446],
  ])('%j', async (parameters, expected) => {
    await using served = await startServed(openai, (request) => json(openai.answer(request)), {
      stage: 'input',
      ...parameters,
    })
    expect((await served.ask(BAD)).status).toBe(expected)
  })
})

it('is not weakened by a request, where it is always on', async () => {
  await using served = await startServed(openai, (request) => json(openai.answer(request)))
  const parameters = { thresholds: { violence: 1 } }
  const answer = await served.ask(BAD, { extra: { guards: [{ id: 'moderation', parameters }] } })
  expect(answer.status).toBe(446)
})

it.each([
  [{ base_url: 'http://evil.example' }],
  [{ api_key_env: 'TAPGATE_SECRET' }],
  [{ model: 'other' }],
])('lets no request say %j', async (parameters) => {
  await using served = await startServed(openai, (request) => json(openai.answer(request)))
  const answer = await served.ask('hi', { extra: { guards: [{ id: 'moderation', parameters }] } })
  expect(answer.status).toBe(400)
  expect(served.service.requests).toHaveLength(0)
})

it('lets no project say where to connect, and takes that from the environment', async () => {
  await using gateway = await startGateway({ plugins: [guards([moderation])] })
  const templates = await gateway.get('/api/guards/templates')
  const kind = templates.body.kinds.find(({ type }: { type: string }) => type === 'moderation')
  expect(Object.keys(kind.parameters.properties)).not.toContain('base_url')
  const parameters = { base_url: 'http://evil.example' }
  const answer = await gateway.post('/api/guards', { type: 'moderation', parameters })
  expect(answer.body.error).toMatchObject({ param: 'parameters.base_url' })
  const keyless = await gateway.post('/api/guards', { type: 'moderation' })
  expect(keyless.status).toBe(400)
  expect(keyless.text).toContain('OPENAI_API_KEY, which is not set')
})

it.each(['https://', 'https://user:word@moderation.example'])(
  'is not declared with the address %s',
  async (baseUrl) => {
    const declare = (): PluginEntry => moderation({ baseUrl })
    const start = startServed({ ...openai, declare }, () => json({}))
    await expect(start).rejects.toThrow(SetupError)
  },
)
