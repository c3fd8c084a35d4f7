import { describe, expect, it, vi } from 'vitest'

import { defineGuard, definePlugin, type Finished } from '#core'
import { accounts } from '#plugins/access/accounts'
import { exactCache } from '#plugins/cache/exact'
import { keywords } from '#plugins/guards/keywords'
import { virtualModels } from '#plugins/routing/virtual-models'

import { createDatabase } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import {
  eventsOf,
  say,
  startGateway,
  type TestAnswer,
  type TestGateway,
} from '../../helpers/gateway.ts'
import {
  completion,
  DONE,
  END_EVENT,
  providerAt,
  startBehind,
  textEvent,
  USAGE_EVENT,
} from '../../helpers/openai.ts'
import { json, sse, startUpstream } from '../../helpers/upstream.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const cached = { extra: { cache: { type: 'exact', expiration_time: 1200 } } }
const cacheOf = (answer: TestAnswer): string | null => answer.headers.get('x-tapgate-cache')

/** A gateway with a cache, before an upstream that counts. */
const behind = (): ReturnType<typeof startBehind> =>
  startBehind((_request, count) => json(completion(`Answer ${count}.`)), {
    plugins: [exactCache()],
    settings: { prices: { 'up/m': { input: 10, output: 100 } } },
  })

describe('an answer', () => {
  it('is given again to the same request, for a tenth of the cost', async () => {
    await using both = await behind()
    const first = await both.gateway.chat(say('up/m', 'hi', cached))
    const second = await both.gateway.chat(say('up/m', 'hi', cached))
    expect([cacheOf(first), cacheOf(second)]).toEqual(['MISS', 'HIT'])
    expect(second.body).toEqual(first.body)
    expect(second.headers.get('x-provider-name')).toBe('up')
    expect(both.upstream.requests).toHaveLength(1)
    const [miss, hit] = both.gateway.records
    expect([miss?.cache, hit?.cache]).toEqual(['MISS', 'HIT'])
    expect(hit).toMatchObject({ status: 'success', provider: 'up', model: 'm', attempts: [] })
    expect(Number(hit?.cost)).toBeCloseTo(Number(miss?.cost) / 10, 12)
  })

  it('is neither kept nor given again unless that is asked for', async () => {
    await using both = await behind()
    await both.gateway.chat(say('up/m', 'hi', cached))
    const other = await both.gateway.chat(say('up/m', 'hi'))
    expect(cacheOf(other)).toBeNull()
    expect(both.upstream.requests).toHaveLength(2)
    expect(both.gateway.records[1]?.cache).toBeNull()
  })

  it.each([
    ['other words', { messages: [{ role: 'user', content: 'ho' }] }],
    ['another parameter', { temperature: 0.5 }],
    ['another model', { model: 'up/n' }],
    ['a tool', { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['other variables', { extra: { ...cached.extra, variables: { a: 1 } } }],
  ])('is not that of a request with %s', async (_what, change) => {
    await using both = await behind()
    await both.gateway.chat(say('up/m', 'hi', cached))
    const other = await both.gateway.chat({ ...say('up/m', 'hi', cached), ...change })
    expect(cacheOf(other)).toBe('MISS')
    expect(both.upstream.requests).toHaveLength(2)
  })

  it.each([
    ['is streamed', { stream: true }],
    ['comes of another user', { extra: { ...cached.extra, user: { id: 'u2' } } }],
    ['asks at the top level', { extra: undefined, cache: { type: 'exact' } }],
    ['is written in another order', { messages: [{ content: 'hi', role: 'user' }] }],
  ])('is also that of the same request when it %s', async (_what, change) => {
    await using both = await behind()
    await both.gateway.chat(say('up/m', 'hi', cached))
    const other = await both.gateway.chat({ ...say('up/m', 'hi', cached), ...change })
    expect(cacheOf(other)).toBe('HIT')
    expect(other.text).toContain('Answer 1.')
  })

  it('of a stream is kept whole, and streamed again', async () => {
    const pieces = [textEvent('As '), textEvent('streamed.'), END_EVENT, USAGE_EVENT, DONE]
    await using both = await startBehind(() => sse(pieces), { plugins: [exactCache()] })
    for (const _time of ['first', 'again']) {
      const answer = await both.gateway.chat(say('up/m', 'hi', { ...cached, stream: true }))
      const words = eventsOf(answer.text).map(({ choices }) => choices?.[0]?.delta.content ?? '')
      expect(words.join('')).toBe('As streamed.')
      expect(answer.text).toMatch(/data: \[DONE\]\n\n$/)
    }
    expect(both.upstream.requests).toHaveLength(1)
    expect(both.gateway.records.map(({ cache }) => cache)).toEqual(['MISS', 'HIT'])
  })

  it('is forgotten when its time is over', async () => {
    await using both = await behind()
    const brief = { cache: { expiration_time: 1 } }
    await both.gateway.chat(say('up/m', 'hi', brief))
    await expect
      .poll(async () => cacheOf(await both.gateway.chat(say('up/m', 'hi', brief))), {
        interval: 300,
        timeout: 10_000,
      })
      .toBe('MISS')
  })

  it('is not kept when it is an error', async () => {
    await using both = await startBehind(
      (_request, count) =>
        json(count === 1 ? { error: 'x' } : completion(), count === 1 ? 400 : 200),
      { plugins: [exactCache()] },
    )
    expect((await both.gateway.chat(say('up/m', 'hi', cached))).status).toBe(400)
    expect(cacheOf(await both.gateway.chat(say('up/m', 'hi', cached)))).toBe('MISS')
  })

  it('is read by the guards again', async () => {
    await using both = await startBehind(() => json(completion('The bluebird sings.')), {
      plugins: [
        exactCache(),
        keywords({ words: ['bluebird'], apply: 'on-request', stage: 'output' }),
      ],
    })
    await both.gateway.chat(say('up/m', 'hi', cached))
    const guarded = { extra: { ...cached.extra, guards: ['keywords'] } }
    for (const _again of [1, 2]) {
      expect((await both.gateway.chat(say('up/m', 'hi', guarded))).status).toBe(446)
    }
  })

  it('is read again by the guards of the target that it came from', async () => {
    // A guard that lets pass once what it blocks from then on, as a service may that has learned.
    const seen: string[] = []
    const learning = defineGuard({
      type: 'learning',
      title: 'Learning',
      summary: 'For tests.',
      parameters: { type: 'object', additionalProperties: false },
      create: () => ({
        check({ stage, segments }) {
          seen.push(`${stage}: ${segments.map(({ text }) => text).join(' | ')}`)
          const isNew = seen.filter((one) => one.startsWith('output')).length < 2
          return { passed: stage === 'input' || isNew }
        },
      }),
    })
    const messages = [{ role: 'system', content: 'Be brief.' }]
    const kept = [{ model: 'up/m', guards: ['learning'], messages }, 'up/other']
    await using both = await startBehind(() => json(completion('Bluebird.')), {
      plugins: [
        exactCache(),
        learning({ apply: 'on-request' }),
        virtualModels({ models: { kept } }),
      ],
    })
    expect(cacheOf(await both.gateway.chat(say('kept', 'hi', cached)))).toBe('MISS')
    const refused = await both.gateway.chat(say('kept', 'hi', cached))
    expect(refused.status).toBe(446)
    expect(refused.text).not.toContain('Bluebird')
    expect(both.upstream.requests).toHaveLength(1)
    const [input, output] = seen
    expect(input).toContain('Be brief.')
    expect(seen).toEqual([input, output, input, output])
    expect(both.gateway.records[1]).toMatchObject({
      cache: 'HIT',
      status: 'blocked',
      guards: [
        { id: 'learning', stage: 'input' },
        { id: 'learning', stage: 'output' },
      ],
    })
  })

  it.each([
    ['general', { apply: 'always' }, 'up/m'],
    ["the target's", { apply: 'on-request' }, 'kept'],
  ] as const)(
    'given again is kept with its request as %s guards left it',
    async (_w, apply, model) => {
      const finished: Finished[] = []
      const reader = definePlugin({
        name: 'reader',
        schema: { type: 'object', additionalProperties: false },
        setup: () => ({ hooks: { postResponse: (one) => void finished.push(one) } }),
      })
      await using both = await startBehind(() => json(completion('Fine.')), {
        plugins: [
          exactCache(),
          reader(),
          keywords({ words: ['bluebird'], action: 'redact', ...apply }),
          virtualModels({ models: { kept: [{ model: 'up/m', guards: ['keywords'] }] } }),
        ],
      })
      for (const _time of ['first', 'again']) {
        await both.gateway.chat(say(model, 'the bluebird', cached))
      }
      await expect.poll(() => finished.length).toBe(2)
      const [miss, hit] = finished.map(({ request, record }) => [record.cache, request])
      expect(miss?.[0]).toBe('MISS')
      expect(hit).toEqual(['HIT', miss?.[1]])
      expect(hit?.[1]).toMatchObject({ messages: [{ content: 'the ***' }] })
    },
  )

  it('whose request a guard blocks now is not given again, nor is the request kept', async () => {
    const finished: Finished[] = []
    let isStrict = false
    const moody = definePlugin({
      name: 'moody',
      schema: { type: 'object', additionalProperties: false },
      setup: () => ({
        hooks: {
          guardInput: () => ({ passed: !isStrict }),
          postResponse: (one) => void finished.push(one),
        },
      }),
    })
    await using both = await startBehind(() => json(completion('Fine.')), {
      plugins: [exactCache(), moody()],
    })
    await both.gateway.chat(say('up/m', 'hi', cached))
    isStrict = true
    expect((await both.gateway.chat(say('up/m', 'hi', cached))).status).toBe(446)
    await expect.poll(() => finished.length).toBe(2)
    expect(finished[1]?.request).toBeUndefined()
    expect(finished[1]?.answer()).toBeUndefined()
  })

  it('is kept for a virtual model that says so', async () => {
    await using both = await startBehind(() => json(completion()), {
      plugins: [
        exactCache(),
        virtualModels({ models: { kept: { targets: ['up/m'], cache: { type: 'exact' } } } }),
      ],
    })
    await both.gateway.chat(say('kept', 'hi'))
    expect(cacheOf(await both.gateway.chat(say('kept', 'hi')))).toBe('HIT')
  })
})

describe('a wish for the cache', () => {
  it.each([
    [{ type: 'distance' }, 'cache.type', 'unsupported_parameter'],
    [{ expiration_time: 0 }, 'cache.expiration_time', 'invalid_parameter'],
    [{ expiration_time: 'soon' }, 'cache.expiration_time', 'invalid_parameter'],
    [{ ttl: 5 }, 'cache.ttl', 'invalid_parameter'],
    ['yes', 'cache', 'invalid_parameter'],
  ])('%j is refused', async (cache, param, code) => {
    await using both = await behind()
    const refused = await both.gateway.chat(say('up/m', 'hi', { cache }))
    expect(refused.status).toBe(400)
    expect(refused.body.error).toMatchObject({ code, param })
    expect(both.upstream.requests).toHaveLength(0)
  })
})

describeDatabases((kind) => {
  const MASTER = 'sk-master-key-of-these-tests'
  const as = { authorization: `Bearer ${MASTER}` }

  it('answers belong to a project, are shared by workers, and are forgotten when asked', async () => {
    await using upstream = await startUpstream((_request, count) => json(completion(`${count}`)))
    const settings = { ...(await makeTestDatabase(kind)), mode: 'attach' as const }
    const start = (): Promise<TestGateway> =>
      startGateway({
        plugins: [
          accounts(),
          exactCache({ isShared: true }),
          providerAt('up', upstream),
          keywords({ words: ['bluebird'], apply: 'on-request' }),
          virtualModels({ models: { kept: [{ model: 'up/m', guards: ['keywords'] }] } }),
        ],
        database: createDatabase(settings),
        environment: { TAPGATE_KEY: MASTER, TAPGATE_SECRET: 's'.repeat(32) },
      })
    await using first = await start()
    await using second = await start()
    const ask = (gateway: TestGateway, headers: object = {}): Promise<TestAnswer> =>
      gateway.chat(say('up/m', 'hi', cached), { ...as, ...headers })

    expect(cacheOf(await ask(first))).toBe('MISS')
    await expect.poll(async () => cacheOf(await ask(second)), { timeout: 10_000 }).toBe('HIT')
    const project = (await first.post('/projects', { name: 'other' }, as)).body.id
    expect(cacheOf(await ask(first, { 'x-project-id': project }))).toBe('MISS')

    // Nor does a stricter key get what a looser one was answered.
    const strict = await first.post('/api/keys', { name: 'k', guards: ['keywords'] }, as)
    const { key } = strict.body
    const asStrict = { authorization: `Bearer ${key}` }
    expect(cacheOf(await ask(first, asStrict))).toBe('MISS')
    const ofSecond = async (): Promise<unknown> => cacheOf(await ask(second, asStrict))
    await expect.poll(ofSecond, { timeout: 10_000 }).toBe('HIT')
    const rules = { guards: ['keywords'] }
    const put = await fetch(`${first.url}/projects/${project}`, {
      method: 'PUT',
      headers: as,
      body: JSON.stringify(rules),
    })
    expect(await put.json()).toMatchObject(rules)
    expect(cacheOf(await ask(first, { 'x-project-id': project }))).toBe('MISS')

    const response = await fetch(`${first.url}/api/cache`, { method: 'DELETE', headers: as })
    expect(await response.json()).toEqual({ deleted: 2 })
    expect(cacheOf(await ask(first))).toBe('MISS')

    // The guards of its target go with an answer to other workers.
    const kept = (gateway: TestGateway): Promise<TestAnswer> =>
      gateway.chat(say('kept', 'hi', cached), as)
    expect(cacheOf(await kept(first))).toBe('MISS')
    await expect.poll(async () => cacheOf(await kept(second)), { timeout: 10_000 }).toBe('HIT')
    expect((await kept(second)).headers.get('x-tapgate-guards')).toBe('keywords')
  })
})
