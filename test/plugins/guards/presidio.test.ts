import { expect, it } from 'vitest'

import { json, status, type Handler } from '../../helpers/upstream.ts'
import { analyzer } from './service-cases/presidio.ts'
import { BAD, describeService, startServed } from './service-guard.ts'

describeService(analyzer)

it('asks as the analyzer wants to be asked', async () => {
  await using served = await startServed(analyzer, (request) => json(analyzer.answer(request)), {
    stage: 'input',
    entities: ['PERSON', 'LOCATION'],
    threshold: 0.4,
    language: 'de',
  })
  await served.ask('hallo')
  expect(served.service.requests).toHaveLength(1)
  expect(served.service.requests[0]).toMatchObject({ method: 'POST', path: '/analyze' })
  expect(served.service.requests[0]?.body).toEqual({
    text: 'hallo',
    language: 'de',
    score_threshold: 0.4,
    entities: ['PERSON', 'LOCATION'],
  })
})

it('masks what is found, wherever it stands, and counts characters as Python does', async () => {
  await using served = await startServed(analyzer, (request) => json(analyzer.answer(request)), {
    stage: 'input',
    action: 'redact',
  })
  const messages = [
    { role: 'system', content: `🙂🙂 ${BAD}` },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'f', arguments: `{"to":"🙂 ${BAD}"}` } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: `${BAD}, ${BAD}` },
  ]
  const answer = await served.gateway.chat({ model: 'up/m', messages })
  expect(answer.status).toBe(200)
  const sent = served.model.requests[0]?.body.messages
  expect(sent[0].content).toBe('🙂🙂 [LOCATION]')
  expect(sent[1].tool_calls[0].function.arguments).toBe('{"to":"🙂 [LOCATION]"}')
  expect(sent[2].content).toBe('[LOCATION], [LOCATION]')
})

it.each([false, true])('masks an answer (streamed: %s)', async (stream) => {
  await using served = await startServed(analyzer, (request) => json(analyzer.answer(request)), {
    stage: 'output',
    action: 'redact',
    says: `in ${BAD}`,
  })
  const answer = await served.ask('where?', { stream })
  expect(answer.text).toContain('[LOCATION]')
  expect(answer.text).not.toContain(BAD)
})

it('masks finds that overlap as one', async () => {
  const both = [
    { entity_type: 'PERSON', start: 0, end: 7, score: 0.9 },
    { entity_type: 'ADDRESS', start: 4, end: 12, score: 0.9 },
  ]
  await using served = await startServed(analyzer, () => json(both), {
    stage: 'input',
    action: 'redact',
  })
  await served.ask('Ann Lee Road!')
  expect(served.model.requests[0]?.body.messages[0].content).toBe('[PERSON]!')
})

it('leaves out what the analyzer is less sure of than it should be', async () => {
  const doubtful = [{ entity_type: 'PERSON', start: 0, end: 2, score: 0.3 }]
  await using served = await startServed(analyzer, () => json(doubtful), { stage: 'input' })
  expect((await served.ask('hello')).status).toBe(200)
})

it('blocks what it can mask only in part', async () => {
  const handler: Handler = (request) =>
    request.body.text === 'broken' ? status(500) : json(analyzer.answer(request))
  const options = { stage: 'input', action: 'redact', onError: 'allow' }
  await using served = await startServed(analyzer, handler, options)
  const messages = [
    { role: 'user', content: 'broken' },
    { role: 'user', content: BAD },
  ]
  expect((await served.gateway.chat({ model: 'up/m', messages })).status).toBe(446)
  expect((await served.ask('broken')).status).toBe(200)
})
