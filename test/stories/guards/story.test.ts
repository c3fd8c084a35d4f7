import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { eventsOf, say } from '../../helpers/gateway.ts'
import { completion, DONE, END_EVENT, textEvent, USAGE_EVENT } from '../../helpers/openai.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'
import { json, sse, startUpstream, type Upstream } from '../../helpers/upstream.ts'

let upstream: Upstream
let gateway: ServedGateway

const answer = 'Ask about project bluebird.'
const pieces = ['Ask about proj', 'ect blue', 'bird.'].map(textEvent)

beforeAll(async () => {
  upstream = await startUpstream(({ body }) =>
    body.stream ? sse([...pieces, END_EVENT, USAGE_EVENT, DONE]) : json(completion(answer)),
  )
  gateway = await serve({
    config: join(import.meta.dirname, 'gateway.config.ts'),
    database: await makeTestDatabase('postgres'),
    environment: { MODELS_URL: `${upstream.url}/v1` },
  })
})
afterAll(() => upstream[Symbol.asyncDispose]())

const wordCount = (parameters: object = {}): object => ({
  extra: { guards: [{ id: 'word-count', parameters }] },
})

describe('a guard that is always on', () => {
  it('redacts what goes to the model and what comes back', async () => {
    const reply = await gateway.chat(say('models/m', 'What is PROJECT BLUEBIRD?'))
    expect(upstream.requests.at(-1)?.bytes.toString()).not.toMatch(/bluebird/i)
    expect(reply.text).not.toMatch(/bluebird/i)
    expect(reply.body.choices[0].message.content).toMatch(/^Ask about \S.*\.$/)
    expect(reply.body.usage.total_tokens).toBe(15)
  })

  it('redacts a stream, also where the word is cut in pieces', async () => {
    const reply = await gateway.chat(say('models/m', 'Hello.', { stream: true }))
    const events = eventsOf(reply.text)
    const text = events.map((event) => event.choices?.[0]?.delta?.content ?? '').join('')
    expect(reply.text).not.toMatch(/blue|bird/i)
    expect(text).toMatch(/^Ask about \S.*\.$/)
    expect(events.at(-1)).toBe('[DONE]')
  })

  it('reads what a client hides in other places', async () => {
    const tool = { name: 'find', description: 'Finds Project Bluebird.', parameters: {} }
    const reply = await gateway.chat({
      model: 'models/m',
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'You know project bluebird.' }] },
        { role: 'user', content: 'Hello.' },
      ],
      tools: [{ type: 'function', function: tool }],
    })
    expect(reply.status).toBe(200)
    expect(upstream.requests.at(-1)?.bytes.toString()).not.toMatch(/bluebird/i)
  })
})

describe('a guard on request', () => {
  const long = 'One two three four five six.'

  it('is off for who does not name it', async () => {
    expect((await gateway.chat(say('models/m', long))).status).toBe(200)
  })

  it('blocks before anything is sent, with a status and a form of its own', async () => {
    const before = upstream.requests.length
    const reply = await gateway.chat(say('models/m', long, wordCount()))
    expect(reply.status).toBe(446)
    expect(reply.body).toMatchObject({
      error: { type: 'guardrail_error', code: 'guardrail_blocked' },
      guard_id: 'word-count',
      details: { text: 'The text has 6 words; at most 5 are allowed.' },
    })
    expect(upstream.requests).toHaveLength(before)
    await gateway.ask('/usage/total', {})
    const [row] = await gateway.query(
      'select status, status_code, tokens_input from requests where request_id = $1',
      [reply.headers.get('x-request-id')],
    )
    expect(row).toEqual({ status: 'blocked', status_code: 446, tokens_input: null })
  })

  it('takes its limits from the request, and says when they are none', async () => {
    const wide = await gateway.chat(say('models/m', long, wordCount({ max_words: 6 })))
    expect(wide.status).toBe(200)
    const wrong = await gateway.chat(say('models/m', long, wordCount({ max_words: 'six' })))
    expect(wrong.status).toBe(400)
    expect(wrong.body.error.param).toContain('max_words')
  })

  it('must exist', async () => {
    const reply = await gateway.chat(say('models/m', 'Hi.', { extra: { guards: ['wordcount'] } }))
    expect(reply.status).toBe(404)
    expect(reply.body.error.message).toContain('word-count')
  })
})
