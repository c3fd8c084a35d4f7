import { expect, it } from 'vitest'

import { json } from '../../helpers/upstream.ts'
import { screening, guard } from './service-cases/lakera.ts'
import { BAD, describeService, PLANTED, startServed } from './service-guard.ts'

describeService(guard)

it('asks as Lakera wants to be asked, about the conversation and nothing else', async () => {
  await using served = await startServed(guard, (request) => json(guard.answer(request)), {
    stage: 'input',
    projectId: 'project-1',
  })
  const answer = await served.gateway.chat({
    model: 'up/m',
    messages: [
      { role: 'system', content: 'be kind' },
      { role: 'developer', content: 'be brief' },
      { role: 'user', content: `in ${BAD}` },
    ],
    tools: [{ type: 'function', function: { name: 'look', description: 'looks' } }],
    metadata: { a: 'b' },
  })
  expect(answer.body.details.text).toBe('The text was flagged: prompt_attack.')
  const [request] = served.service.requests
  expect(request).toMatchObject({ method: 'POST', path: '/v2/guard' })
  expect(request?.headers.authorization).toBe(`Bearer ${PLANTED}`)
  expect(request?.body).toEqual({
    messages: [
      { role: 'system', content: 'be kind' },
      { role: 'user', content: 'be brief' },
      { role: 'user', content: `in ${BAD}` },
    ],
    breakdown: true,
    payload: true,
    project_id: 'project-1',
  })
})

it('masks what Lakera points at', async () => {
  const found = { start: 3, end: 11, text: BAD, detector_type: 'pii/address', labels: [] }
  await using served = await startServed(
    guard,
    () => json(screening(true, 'pii/address', [found])),
    {
      stage: 'input',
      action: 'redact',
    },
  )
  expect((await served.ask(`in ${BAD}`)).status).toBe(200)
  expect(served.model.requests[0]?.body.messages[0].content).toBe('in [ADDRESS]')
})

it.each([
  ['nothing is pointed at', []],
  ['another detector points', [{ text: BAD, detector_type: 'pii/email' }]],
  ['what it points at is not there', [{ text: 'elsewhere', detector_type: 'prompt_attack' }]],
])('blocks where %s, with redact too', async (_why, payload) => {
  await using served = await startServed(
    guard,
    () => json(screening(true, 'prompt_attack', payload)),
    {
      stage: 'input',
      action: 'redact',
    },
  )
  expect((await served.ask(`in ${BAD}`)).status).toBe(446)
})
