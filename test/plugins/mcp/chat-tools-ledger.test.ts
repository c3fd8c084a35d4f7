import { beforeAll, afterAll, expect, it, vi } from 'vitest'

import { accounts } from '#plugins/access/accounts'
import { chatTools } from '#plugins/mcp/chat-tools'
import { demo } from '#plugins/providers/demo'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'
import { threads } from '#plugins/usage/threads'
import { traces } from '#plugins/usage/traces'

import { createDatabase } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { toolServers, TWO_SERVERS } from './chat-tools/tool-servers.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 180_000 })

const MASTER = 'sk-master-key-of-these-tests'
const as = { authorization: `Bearer ${MASTER}` }
const THREAD = '0f4de7e4-5b3c-4c55-9d3a-3d8a3a6a4c01'
const QUESTION = 'add {"a":1,"b":2} forecast {"city":"Oslo"} then multiply {"a":2,"b":2}'

describeDatabases((kind) => {
  let gateway: TestGateway
  let answer: TestAnswer

  beforeAll(async () => {
    gateway = await startGateway({
      plugins: [
        accounts(),
        ledger(),
        threads(),
        traces(),
        analytics(),
        demo(),
        chatTools(),
        toolServers(TWO_SERVERS).entry,
      ],
      database: createDatabase({ ...(await makeTestDatabase(kind)), mode: 'attach' }),
      environment: { TAPGATE_KEY: MASTER, TAPGATE_SECRET: 's'.repeat(32) },
      settings: { prices: { 'demo/tools': { input: 1, output: 1 } } },
    })
    const body = say('demo/tools', QUESTION, { mcp_servers: ['calculator', 'weather'] })
    answer = await gateway.chat(body, { ...as, 'x-thread-id': THREAD })
  })
  afterAll(() => gateway.stop())

  const read = (path: string): Promise<TestAnswer> => gateway.get(path, as)

  it('each call of a tool is a span beneath the request', async () => {
    const { body } = await read(`/traces/${answer.headers.get('x-trace-id')}`)
    expect(body).toMatchObject({
      llm_calls: 3,
      tool_calls: 3,
      used_models: ['demo/tools'],
      request_models: ['demo/tools'],
    })
    const root = body.spans.find((span: any) => span.operation_name === 'api_invoke')
    const tools = body.spans.filter((span: any) => span.operation_name === 'tool')
    expect(tools.map((span: any) => span.parent_span_id)).toEqual(Array(3).fill(root.span_id))
    expect(
      tools
        .map((span: any) => `${span.attribute.mcp_server}/${span.attribute.tool_name}`)
        .toSorted(),
    ).toEqual(['calculator/add', 'calculator/multiply', 'weather/forecast'])
    const calls = body.spans.filter((span: any) => span.operation_name === 'model_call')
    expect(calls).toHaveLength(1)
    const attempts = body.spans.filter((span: any) => span.operation_name === 'attempt')
    expect(attempts.map((span: any) => span.parent_span_id)).toEqual(
      Array(3).fill(calls[0].span_id),
    )
  })

  it('the thread holds the question and the final answer, once', async () => {
    // What was said is stored behind the answer.
    await expect
      .poll(async () => (await read(`/threads/${THREAD}/messages`)).body, { timeout: 10_000 })
      .toMatchObject([{ content: QUESTION }, { content: answer.body.choices[0].message.content }])
  })

  it('the request counts once, with the tokens of all turns, and the tools apart', async () => {
    const list = await read('/api/requests')
    expect(list.body.data).toHaveLength(1)
    expect(list.body.data[0]).toMatchObject({
      input_tokens: answer.body.usage.prompt_tokens,
      output_tokens: answer.body.usage.completion_tokens,
    })
    const tools = await read('/api/requests?purpose=tool')
    expect(tools.body.data).toHaveLength(3)
    const total = await gateway.post('/usage/total', {}, as)
    expect(total.body.total).toMatchObject({
      total_input_tokens: answer.body.usage.prompt_tokens,
      total_output_tokens: answer.body.usage.completion_tokens,
    })
  })
})
