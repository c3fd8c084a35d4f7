import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { ChatMessage } from '#core'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { ledger } from '#plugins/usage/ledger'
import { threads } from '#plugins/usage/threads'

import { createDatabase } from '../../../core/database.ts'
import { gatherMessages, type Saying } from '../../../plugins/usage/threads/gather-messages.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { meteredProvider } from './metered-provider.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const MASTER = 'sk-master-key-of-these-tests'
const as = { authorization: `Bearer ${MASTER}` }
const user = (content: string): ChatMessage => ({ role: 'user', content })
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content })

describeDatabases((kind) => {
  let gateway: TestGateway
  let count = 0

  beforeAll(async () => {
    gateway = await startGateway({
      plugins: [accounts(), ledger(), threads(), demo(), meteredProvider({ provider: 'openai' })],
      settings: { prices: { 'openai/gpt-4o': { input: 3, output: 12 } } },
      database: createDatabase({ ...(await makeTestDatabase(kind)), mode: 'attach' }),
      environment: { TAPGATE_KEY: MASTER, TAPGATE_SECRET: 's'.repeat(32) },
    })
  })
  afterAll(() => gateway.stop())

  const freshId = (): string => `123e4567-e89b-42d3-a456-${String(count++).padStart(12, '0')}`
  const chat = (
    thread: string,
    messages: readonly ChatMessage[],
    more: { headers?: object; body?: object } = {},
  ): Promise<TestAnswer> =>
    gateway.chat(
      { model: 'demo/echo', messages, ...more.body },
      { ...as, 'x-thread-id': thread, ...more.headers },
    )
  const messagesOf = async (thread: string): Promise<any[]> => {
    await expect
      .poll(async () => (await gateway.get(`/threads/${thread}/messages`, as)).body.length, {
        timeout: 10_000,
      })
      .toBeGreaterThan(0)
    return (await gateway.get(`/threads/${thread}/messages`, as)).body
  }
  const send = async (method: string, path: string, body?: object): Promise<TestAnswer> => {
    const response = await fetch(gateway.url + path, {
      method,
      headers: as,
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }

  describe('a thread', () => {
    it('tells what was said, each message once, though the client sends all of it again', async () => {
      const thread = freshId()
      const system: ChatMessage = { role: 'system', content: 'Be brief.' }
      await chat(thread, [system, user('One.')])
      await chat(thread, [system, user('One.'), assistant('One.'), user('Two.')])
      await chat(
        thread,
        [system, user('One.'), assistant('One.'), user('Two.'), assistant('Two.'), user('Three.')],
        { body: { stream: true } },
      )
      await expect.poll(async () => (await messagesOf(thread)).length, { timeout: 10_000 }).toBe(7)
      const messages = await messagesOf(thread)
      expect(messages.map(({ type, content }) => `${type}: ${content}`)).toEqual([
        'system: Be brief.',
        'human: One.',
        'ai: One.',
        'human: Two.',
        'ai: Two.',
        'human: Three.',
        'ai: Three.',
      ])
      for (const message of messages) {
        expect(message).toMatchObject({
          thread_id: thread,
          model_name: 'echo',
          user_id: '',
          content_type: 'Text',
          content_array: [],
          tool_calls: null,
          tool_call_id: null,
          id: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-a[\da-f]{3}-[\da-f]{12}$/),
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
        })
      }
    })

    it('tells images and tool calls in their own form', async () => {
      const thread = freshId()
      const url = 'https://example.com/a.png'
      const parts = [
        { type: 'text' as const, text: 'What is this?' },
        { type: 'image_url' as const, image_url: { url, detail: 'low' as const } },
      ]
      const tools = [{ type: 'function', function: { name: 'get_weather' } }]
      await chat(thread, [{ role: 'user', content: parts }], {
        body: { model: 'demo/tools', tools },
      })
      const [asked, answered] = await messagesOf(thread)
      expect(asked).toMatchObject({
        content_type: 'ImageUrl',
        content: 'What is this?',
        content_array: [
          ['Text', 'What is this?', null],
          ['ImageUrl', url, { detail: 'low' }],
        ],
      })
      expect(JSON.parse(answered.tool_calls)).toMatchObject([{ function: { name: 'get_weather' } }])
    })

    it('is listed with the beginning of its first message for a title, or with one that was said', async () => {
      const [first, second] = [freshId(), freshId()]
      await chat(first, [user('How do I bake bread?\nIn detail.')])
      await chat(second, [user('Hello.')], {
        headers: { 'x-thread-title': 'Greetings' },
        body: { extra: { user: { id: 'u7' } } },
      })
      const list = async (): Promise<any[]> =>
        (await gateway.post('/threads', { limit: 100, offset: 0 }, as)).body.data
      await expect
        .poll(async () => (await list()).find(({ id }) => id === second)?.title, {
          timeout: 10_000,
        })
        .toBe('Greetings')
      await messagesOf(first)
      const listed = await list()
      expect(listed.find(({ id }) => id === first)).toEqual({
        id: first,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        updated_at: expect.any(String),
        model_name: 'echo',
        project_id: expect.any(String),
        user_id: '',
        score: null,
        title: 'How do I bake bread?',
        is_public: false,
        public_path: null,
      })
      expect(listed.find(({ id }) => id === second).user_id).toBe('u7')
    })

    it('costs what its requests cost: the published sample', async () => {
      const thread = freshId()
      const usage = { prompt_tokens: 6725, completion_tokens: 171 }
      await gateway.chat(
        { model: 'openai/gpt-4o', messages: [user(JSON.stringify(usage))] },
        { ...as, 'x-thread-id': thread },
      )
      const { body } = await gateway.get(`/threads/${thread}/cost`, as)
      expect(body).toMatchObject({ total_input_tokens: expect.any(Number), unpriced_requests: 0 })
      expect(body.total_cost).toBeCloseTo(
        (body.total_input_tokens * 3 + body.total_output_tokens * 12) / 1e6,
        12,
      )
    })

    it('is titled, scored, made public and deleted', async () => {
      const thread = freshId()
      await chat(thread, [user('Hello.')])
      await messagesOf(thread)
      expect((await gateway.get(`/sharing/threads/${thread}`)).status).toBe(404)
      const changed = await send('PUT', `/threads/${thread}`, {
        title: 'New',
        score: 0.5,
        is_public: true,
      })
      expect(changed.body).toMatchObject({
        title: 'New',
        score: 0.5,
        public_path: `/sharing/threads/${thread}`,
      })
      const shared = await gateway.get(`/sharing/threads/${thread}`)
      expect(shared.body).toMatchObject({ title: 'New', messages: [{ content: 'Hello.' }, {}] })

      const before = (await gateway.get('/threads?limit=1', as)).body.pagination.total
      expect((await send('DELETE', `/threads/${thread}`)).body).toEqual({
        id: thread,
        deleted: true,
      })
      expect((await gateway.get('/threads?limit=1', as)).body.pagination.total).toBe(before - 1)
      for (const path of ['', '/messages', '/cost']) {
        expect((await gateway.get(`/threads/${thread}${path}`, as)).status).toBe(404)
      }
      expect((await gateway.get(`/sharing/threads/${thread}`)).status).toBe(404)
    })

    it('is made public by a header', async () => {
      const thread = freshId()
      await chat(thread, [user('Hello.')], { headers: { 'x-thread-public': '1' } })
      await expect
        .poll(async () => (await gateway.get(`/sharing/threads/${thread}`)).status, {
          timeout: 10_000,
        })
        .toBe(200)
    })

    it('belongs to its project, though another has one of the same id', async () => {
      const thread = freshId()
      const project = (await gateway.post('/projects', { name: 'other' }, as)).body.id
      const other = { ...as, 'x-project-id': project }
      await chat(thread, [user('Mine.')])
      await chat(thread, [user('Theirs.')], { headers: { 'x-project-id': project } })
      await expect
        .poll(async () => (await gateway.get(`/threads/${thread}/messages`, other)).text, {
          timeout: 10_000,
        })
        .toContain('Theirs.')
      expect((await gateway.get(`/threads/${thread}/messages`, other)).text).not.toContain('Mine.')
      expect((await messagesOf(thread)).map(({ content }) => content)).toEqual(['Mine.', 'Mine.'])
      const listed = await gateway.post('/threads', { limit: 10, offset: 0 }, other)
      expect(listed.body).toMatchObject({ data: [{ id: thread }], pagination: { total: 1 } })
    })

    it('keeps no words of a user whose data are erased', async () => {
      const thread = freshId()
      await chat(thread, [user('My name is Alan.')], {
        body: { extra: { user: { id: 'alan' } } },
      })
      await messagesOf(thread)
      const listed = await gateway.get(`/threads/${thread}`, as)
      expect(listed.body).toMatchObject({ title: 'My name is Alan.', user_id: 'alan' })
      const erased = await send('DELETE', '/api/users/alan/data')
      expect(erased.body).toEqual({
        user_id: 'alan',
        erased_bodies: 1,
        unnamed_requests: 1,
        unnamed_threads: 1,
      })
      expect((await gateway.get(`/threads/${thread}`, as)).body).toMatchObject({
        title: 'Untitled',
        user_id: '',
      })
      expect((await gateway.get(`/threads/${thread}/messages`, as)).body).toEqual([])
    })

    it('is the one of a request that names none, by the id in its answer', async () => {
      const answer = await gateway.chat({ model: 'demo/echo', messages: [user('Alone.')] }, as)
      const thread = answer.headers.get('x-thread-id') ?? ''
      expect((await messagesOf(thread)).map(({ content }) => content)).toEqual(['Alone.', 'Alone.'])
    })
  })

  it.each([
    [{ limit: 0, offset: 0 }, 'limit'],
    [{ limit: -1 }, 'limit'],
    [{ limit: 1e9 }, 'limit'],
    [{ limit: 'ten' }, 'limit'],
    [{ offset: -1 }, 'offset'],
    [{ lmit: 5 }, 'lmit'],
  ])('a list of %j is refused', async (page, param) => {
    const refused = await gateway.post('/threads', page, as)
    expect(refused.status).toBe(400)
    expect(refused.body.error.param).toBe(param)
  })

  it('an unknown thread is not found', async () => {
    for (const path of ['/threads/nobody', '/threads/nobody/messages', '/threads/nobody/cost']) {
      const answer = await gateway.get(path, as)
      expect(answer.status).toBe(404)
      expect(answer.body.error.code).toBe('thread_not_found')
    }
  })
})

describe('messages that are gathered', () => {
  const saying = (messages: readonly ChatMessage[], ...answers: ChatMessage[]): Saying => ({
    at: new Date(0),
    answeredAt: new Date(1),
    model: null,
    userId: null,
    messages,
    answers,
  })
  const gathered = (...sayings: Saying[]): unknown[] =>
    gatherMessages('t', sayings).map(({ message }) => message.content)

  it.each([
    [
      'all of the history again',
      [saying([user('1')], assistant('a')), saying([user('1'), assistant('a'), user('2')])],
      ['1', 'a', '2'],
    ],
    [
      'its last part only',
      [
        saying([user('1')], assistant('a')),
        saying([user('1'), assistant('a'), user('2')], assistant('b')),
        saying([user('2'), assistant('b'), user('3')]),
      ],
      ['1', 'a', '2', 'b', '3'],
    ],
    ['none of it', [saying([user('1')], assistant('a')), saying([user('2')])], ['1', 'a', '2']],
    [
      'another second question',
      [
        saying([user('1')], assistant('a')),
        saying([user('1'), assistant('a'), user('2')], assistant('b')),
        saying([user('1'), assistant('a'), user('2, rather')], assistant('c')),
      ],
      ['1', 'a', '2', 'b', '2, rather', 'c'],
    ],
    [
      'the same words twice',
      [
        saying([user('yes')], assistant('ok')),
        saying([user('yes'), assistant('ok'), user('yes')], assistant('ok')),
      ],
      ['yes', 'ok', 'yes', 'ok'],
    ],
    [
      'the answer in another form',
      [
        saying([user('1')], { role: 'assistant', content: 'a', refusal: null }),
        saying([
          user('1'),
          { role: 'assistant', content: [{ type: 'text', text: 'a' }] },
          user('2'),
        ]),
      ],
      ['1', 'a', '2'],
    ],
  ])('are each there once when a client sends %s', (_what, sayings, expected) => {
    expect(gathered(...(sayings as Saying[]))).toEqual(expected)
  })
})
