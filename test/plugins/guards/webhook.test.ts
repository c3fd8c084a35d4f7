import { createHmac } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { guards } from '#plugins/guards/guards'
import { webhook } from '#plugins/guards/webhook'

import { say, startGateway } from '../../helpers/gateway.ts'
import { json, startUpstream } from '../../helpers/upstream.ts'
import { lastText, localProvider } from '../local-provider.ts'
import { hook } from './service-cases/webhook.ts'
import { BAD, describeService, PLANTED, startServed } from './service-guard.ts'

describeService(hook)

it('signs what it sends, and tells what is asked and by whom', async () => {
  await using served = await startServed(hook, (request) => json(hook.answer(request)), {
    stage: 'input',
    parameters: { team: 'red' },
  })
  const answer = await served.ask(`in ${BAD}`)
  expect(answer.body.details.text).toBe('Not in this house.')
  const [request] = served.service.requests
  const timestamp = String(request?.headers['x-tapgate-timestamp'])
  const signed = `${timestamp}.${String(request?.bytes)}`
  const signature = createHmac('sha256', PLANTED).update(signed).digest('hex')
  expect(request?.headers['x-tapgate-signature']).toBe(`sha256=${signature}`)
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60)
  expect(request?.body).toEqual({
    guard_id: 'webhook',
    stage: 'input',
    request: {
      id: answer.headers.get('x-request-id'),
      thread_id: expect.any(String),
      run_id: expect.any(String),
      operation: 'chat',
      project_id: expect.any(String),
    },
    content: { segments: [{ role: 'user', kind: 'text', text: `in ${BAD}` }] },
    parameters: { team: 'red' },
  })
})

it('covers the spans that the service names, with redact', async () => {
  const spans = [{ segment: 0, start: 3, end: 11, label: 'PLACE' }]
  await using served = await startServed(hook, () => json({ passed: false, spans }), {
    stage: 'input',
    action: 'redact',
  })
  expect((await served.ask(`in ${BAD}!`)).status).toBe(200)
  expect(served.model.requests[0]?.body.messages[0].content).toBe('in [PLACE]!')
})

it.each([false, true])(
  'writes what the service says instead, with rewrite (streamed: %s)',
  async (stream) => {
    const replacements = { 0: 'Somewhere.' }
    await using served = await startServed(hook, () => json({ passed: true, replacements }), {
      stage: 'output',
      action: 'rewrite',
      says: `in ${BAD}`,
    })
    const answer = await served.ask('where?', { stream })
    expect(answer.text).toContain('Somewhere.')
    expect(answer.text).not.toContain(BAD)
  },
)

describe('a request', () => {
  it('may tell the service more', async () => {
    await using served = await startServed(hook, (request) => json(hook.answer(request)), {
      stage: 'input',
      apply: 'on-request',
    })
    const parameters = { parameters: { team: 'blue' } }
    await served.ask('hi', { extra: { guards: [{ id: 'webhook', parameters }] } })
    expect(served.service.requests[0]?.body.parameters).toEqual({ team: 'blue' })
  })

  it.each([[{ url: 'http://evil.example' }], [{ secret_env: 'PATH' }]])(
    'may not say %j',
    async (parameters) => {
      await using served = await startServed(hook, (request) => json(hook.answer(request)))
      const extra = { guards: [{ id: 'webhook', parameters }] }
      expect((await served.ask('hi', { extra })).status).toBe(400)
      expect(served.service.requests).toHaveLength(0)
    },
  )
})

it('asks for a project where the environment says, and nowhere else', async () => {
  await using service = await startUpstream((request) => json(hook.answer(request)))
  await using gateway = await startGateway({
    plugins: [localProvider('local', ['echo'], lastText), guards([webhook])],
    environment: { ...hook.environment, TAPGATE_WEBHOOK_URL: `${service.url}/house/` },
  })
  const elsewhere = { type: 'webhook', parameters: { url: 'http://169.254.169.254/' } }
  expect((await gateway.post('/api/guards', elsewhere)).status).toBe(400)
  const made = await gateway.post('/api/guards', { type: 'webhook', stage: 'input' })
  expect(made.status).toBe(201)
  const extra = { guards: [made.body.id] }
  expect((await gateway.chat(say('local/echo', BAD, { extra }))).status).toBe(446)
  expect(service.requests[0]).toMatchObject({ path: '/house/', body: { guard_id: made.body.id } })
  expect(made.text + (await gateway.get('/api/guards')).text).not.toContain(PLANTED)
})
