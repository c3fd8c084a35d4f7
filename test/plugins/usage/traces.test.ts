import { afterAll, beforeAll, expect, it, vi } from 'vitest'

import { accounts } from '#plugins/access/accounts'
import { exactCache } from '#plugins/cache/exact'
import { keywords } from '#plugins/guards/keywords'
import { demo } from '#plugins/providers/demo'
import { virtualModels } from '#plugins/routing/virtual-models'
import { ledger } from '#plugins/usage/ledger'
import { traces } from '#plugins/usage/traces'

import { createDatabase } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const MASTER = 'sk-master-key-of-these-tests'
const as = { authorization: `Bearer ${MASTER}` }

describeDatabases((kind) => {
  let gateway: TestGateway

  beforeAll(async () => {
    gateway = await startGateway({
      plugins: [
        accounts(),
        ledger(),
        traces(),
        demo(),
        exactCache(),
        keywords({ words: ['bluebird'], apply: 'on-request' }),
        virtualModels({ models: { sturdy: ['demo/fail', 'demo/echo'] } }),
      ],
      settings: { maxRetries: 0 },
      database: createDatabase({ ...(await makeTestDatabase(kind)), mode: 'attach' }),
      environment: { TAPGATE_KEY: MASTER, TAPGATE_SECRET: 's'.repeat(32) },
    })
  })
  afterAll(() => gateway.stop())

  const read = async (path: string, headers: object = as): Promise<TestAnswer> =>
    gateway.get(path, headers as Record<string, string>)

  it('a request is a trace: the call, the guards, each try of a target', async () => {
    const answer = await gateway.chat(
      say('sturdy', 'hi', {
        extra: { guards: ['keywords'], user: { id: 'u1' } },
        cache: { type: 'exact' },
      }),
      { ...as, 'x-label': 'agent', 'x-tags': 'team=a' },
    )
    const trace = await read(`/traces/${answer.headers.get('x-trace-id')}`)
    const { spans, ...group } = trace.body
    expect(group).toMatchObject({
      labels: ['agent'],
      request_models: ['sturdy'],
      used_models: ['demo/echo'],
      llm_calls: 1,
      errors: [],
    })
    expect(spans.map((span: any) => span.operation_name)).toEqual([
      'api_invoke',
      'guard_evaluation',
      'guard_evaluation',
      'cache',
      'model_call',
      'attempt',
      'attempt',
    ])
    const [root, guard, , cache, call, failed, answered] = spans
    expect(root).toMatchObject({
      parent_span_id: null,
      attribute: { label: 'agent', tags: { team: 'a' }, user_id: 'u1', status: 'success' },
    })
    expect([guard, cache, call].map((span) => span.parent_span_id)).toEqual(
      Array.from({ length: 3 }, () => root.span_id),
    )
    expect(guard.attribute).toMatchObject({ id: 'keywords', passed: true })
    expect(cache.attribute).toEqual({ cache: 'MISS' })
    expect(failed).toMatchObject({
      parent_span_id: call.span_id,
      attribute: { model_name: 'fail', error: expect.any(String) },
    })
    expect(answered.attribute).toMatchObject({ model_name: 'echo', error: null })
    for (const span of spans) {
      expect(span.start_time_us).toBeGreaterThan(1.7e15)
      expect(span.finish_time_us).toBeGreaterThanOrEqual(span.start_time_us)
      expect(span.span_id).toMatch(/^[\da-f]{16}$/)
    }
  })

  it('requests of one traceparent are one trace, of one X-Run-Id one run', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    const headers = {
      ...as,
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      'x-run-id': 'run-of-two',
    }
    const first = await gateway.chat(say('demo/echo', 'one'), headers)
    await gateway.chat(say('demo/echo', 'two'), { ...headers, 'x-thread-id': 'thread-two' })
    const trace = await read(`/traces/${first.headers.get('x-trace-id')}`)
    expect(trace.body).toMatchObject({ llm_calls: 2, run_ids: ['run-of-two'] })
    const run = await read('/runs/run-of-two')
    expect(run.body).toMatchObject({ run_id: 'run-of-two', llm_calls: 2 })
    expect(run.body.thread_ids).toContain('thread-two')
    const roots = run.body.spans.filter((span: any) => span.operation_name === 'api_invoke')
    expect(roots).toHaveLength(2)

    const runs = await read('/runs?runIds=run-of-two')
    expect(runs.body.data).toMatchObject([{ run_id: 'run-of-two', llm_calls: 2 }])
    const listed = await read(`/traces?threadIds=thread-two`)
    expect(listed.body.data).toMatchObject([{ llm_calls: 2 }])
  })

  it('spans are listed by what they are', async () => {
    await gateway.chat(say('demo/echo', 'three'), { ...as, 'x-run-id': 'run-three' })
    const all = await read('/spans?runIds=run-three')
    expect(all.body.data.map((span: any) => span.operation_name)).toEqual([
      'api_invoke',
      'model_call',
      'attempt',
    ])
    const calls = await read('/spans?runIds=run-three&operationNames=model_call,cache')
    expect(calls.body.data).toHaveLength(1)
    const roots = await read('/spans?runIds=run-three&parentSpanIds=null')
    expect(roots.body.data).toMatchObject([{ operation_name: 'api_invoke' }])
    const page = await read('/spans?runIds=run-three&limit=1&offset=1')
    expect(page.body).toMatchObject({
      data: [{ operation_name: 'model_call' }],
      pagination: { limit: 1, offset: 1, hasMore: true },
    })
  })

  it('pages of traces do not overlap, and say when there is more', async () => {
    for (const word of ['a', 'b', 'c']) {
      await gateway.chat(say('demo/echo', word), { ...as, 'x-label': 'paged' })
    }
    const first = await read('/traces?label=paged&limit=2')
    const second = await read('/traces?label=paged&limit=2&offset=2')
    expect([first.body.pagination.hasMore, second.body.pagination.hasMore]).toEqual([true, false])
    const ids = [...first.body.data, ...second.body.data].map((trace: any) => trace.trace_id)
    expect(new Set(ids).size).toBe(3)
  })

  it('nothing of another project is shown', async () => {
    await gateway.chat(say('demo/echo', 'mine'), { ...as, 'x-run-id': 'run-mine' })
    const project = (await gateway.post('/projects', { name: 'other' }, as)).body.id
    const other = { ...as, 'x-project-id': project }
    expect((await read('/runs/run-mine', other)).status).toBe(404)
    for (const path of ['/traces', '/runs', '/spans']) {
      expect((await read(path, other)).body.data).toEqual([])
    }
  })

  it.each([
    ['/traces/nobody', 404, null],
    ['/runs/nobody', 404, null],
    ['/spans?limit=0', 400, 'limit'],
    ['/spans?limit=x', 400, 'limit'],
    ['/spans?operationNames=dance', 400, 'operationNames'],
    ['/traces?startTime=5&endTime=4', 400, 'startTime'],
    [`/spans?runIds=${Array.from({ length: 101 }, () => 'r').join(',')}`, 400, 'runIds'],
  ])('%s is answered with %i', async (path, status, param) => {
    const answer = await read(path)
    expect(answer.status).toBe(status)
    expect(answer.body.error.param).toBe(param)
  })
})
