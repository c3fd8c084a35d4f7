import { Ajv } from 'ajv'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { accounts } from '#plugins/access/accounts'
import { customModels } from '#plugins/providers/custom-models'
import { demo } from '#plugins/providers/demo'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'
import { threads } from '#plugins/usage/threads'

import { createDatabase } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { completion, providerAt } from '../../helpers/openai.ts'
import { json, startUpstream, type Upstream } from '../../helpers/upstream.ts'
import { schemaOfSample, type BeyondTheSample } from './sample-schema.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const MASTER = 'sk-master-key-of-these-tests'
const ADMIN = 'the-admin-key-of-these-tests'
const as = { authorization: `Bearer ${MASTER}`, 'x-admin-key': ADMIN }
const THREAD = '123e4567-e89b-42d3-a456-426614174000'
const ajv = new Ajv({ allErrors: true, strict: false })

describeDatabases((kind) => {
  let upstream: Upstream
  let gateway: TestGateway

  beforeAll(async () => {
    upstream = await startUpstream(() => json(completion('Recursion: see recursion.')))
    gateway = await startGateway({
      plugins: [
        accounts(),
        ledger(),
        analytics(),
        threads(),
        customModels(),
        demo(),
        providerAt('openai', upstream),
      ],
      settings: { prices: { 'openai/gpt-4o': { input: 3, output: 12 } } },
      database: createDatabase({ ...(await makeTestDatabase(kind)), mode: 'attach' }),
      environment: {
        TAPGATE_KEY: MASTER,
        TAPGATE_ADMIN_KEY: ADMIN,
        TAPGATE_SECRET: 's'.repeat(32),
      },
    })
    const inThread = { ...as, 'x-thread-id': THREAD, 'x-tags': 'team=search' }
    const system = { role: 'system', content: 'Be brief.' }
    const parts = { role: 'user', content: [{ type: 'text', text: 'A haiku, please.' }] }
    for (const model of ['openai/gpt-4o', 'demo/echo']) {
      await gateway.chat({ model, messages: [system, parts] }, inThread)
      await gateway.chat(say(model, 'Again.', { stream: true }), as)
    }
    await gateway.chat(say('demo/fail', 'Fail.'), as)
    // What was said is stored a moment after the answer.
    await vi.waitUntil(
      async () => (await gateway.get(`/threads/${THREAD}/messages`, as)).body.length > 3,
      { timeout: 10_000 },
    )
  })
  afterAll(async () => {
    await gateway.stop()
    await upstream[Symbol.asyncDispose]()
  })

  /** All that is wrong with an answer, by a published sample of it. */
  function faultsOf(answer: unknown, sample: string, beyond?: BeyondTheSample): readonly string[] {
    const check = ajv.compile(schemaOfSample(sample, beyond))
    check(answer)
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }

  // Costs are unknown where a model has no price: then they are null, and never 0.
  const unknownCosts = (...lists: string[]): string[] => lists.map((list) => `${list}.total_cost`)

  describe('POST /analytics', () => {
    it.each([{}, { groupBy: ['provider', 'model'] }])('%j is as documented', async (body) => {
      const answer = (await gateway.post('/analytics', body, as)).body
      expect(answer.timeseries.length).toBeGreaterThan(0)
      const beyond = { nullable: [...unknownCosts('timeseries[]'), 'timeseries[].tag_tuple[]'] }
      expect(faultsOf(answer, 'analytics', beyond)).toEqual([])
    })
  })

  describe('POST /analytics/summary', () => {
    it.each([
      { groupBy: ['provider'] },
      { groupBy: ['provider', 'model'] },
      { groupBy: ['tag'], tag_keys: ['team'] },
    ])('%j is as documented', async (body) => {
      const answer = (await gateway.post('/analytics/summary', body, as)).body
      expect(answer.summary.length).toBeGreaterThan(1)
      const beyond = { nullable: [...unknownCosts('summary[]'), 'summary[].tag_tuple[]'] }
      expect(faultsOf(answer, 'analytics-summary', beyond)).toEqual([])
    })
  })

  it('POST /usage/total is as documented', async () => {
    const { body } = await gateway.post('/usage/total', {}, as)
    expect(body.models.length).toBeGreaterThan(1)
    const unpriced = ['models[].cost_per_input_token', 'models[].cost_per_output_token']
    const beyond = { nullable: [...unknownCosts('models[]'), ...unpriced] }
    expect(faultsOf(body, 'usage-total', beyond)).toEqual([])
    const priced = body.models.filter(({ model_name }: any) => model_name === 'gpt-4o')
    expect(faultsOf({ ...body, models: priced }, 'usage-total')).toEqual([])
  })

  it('POST /usage/models is as documented', async () => {
    const { body } = await gateway.post('/usage/models', {}, as)
    expect(body.models.length).toBeGreaterThan(1)
    const beyond = { nullable: unknownCosts('models[]') }
    expect(faultsOf(body, 'usage-models', beyond)).toEqual([])
  })

  it('POST /threads is as documented', async () => {
    const { body } = await gateway.post('/threads', { limit: 10, offset: 0 }, as)
    expect(body.data.length).toBeGreaterThan(1)
    const theOne = body.data.filter(({ id }: any) => id === THREAD)
    expect(theOne).toHaveLength(1)
    // Nobody has scored it. A thread that the caller did not name has an id of the gateway's form.
    const beyond = { nullable: ['data[].score'] }
    expect(faultsOf({ ...body, data: theOne }, 'threads', beyond)).toEqual([])
    const anyId = { ...beyond, anything: ['data[].id'] }
    expect(faultsOf(body, 'threads', anyId)).toEqual([])
  })

  it('GET /threads/{id}/messages is as documented', async () => {
    const { body } = await gateway.get(`/threads/${THREAD}/messages`, as)
    const beyond = {
      nullable: ['[].tool_call_id', '[].tool_calls'],
      // The sample shows a text; the published client and the service itself tell ["Text", "…", null].
      anything: ['[].content_array[]'],
    }
    expect(faultsOf(body, 'thread-messages', beyond)).toEqual([])
  })

  it('GET /threads/{id}/cost is as documented', async () => {
    const { body } = await gateway.get(`/threads/${THREAD}/cost`, as)
    expect(faultsOf(body, 'thread-cost')).toEqual([])
  })

  it('GET /pricing is a list of what is documented', async () => {
    const { body } = await gateway.get('/pricing')
    expect(body.length).toBeGreaterThan(1)
    // Nobody knows what every model costs, or how much it can read.
    const beyond = { nullable: ['price', 'limits.max_context_size'] }
    for (const element of body) expect(faultsOf(element, 'pricing', beyond)).toEqual([])
    const priced = body.find(({ model }: any) => model === 'gpt-4o')
    expect(faultsOf(priced, 'pricing')).toEqual([])
  })

  it('GET /models is as documented', async () => {
    const { body } = await gateway.get('/models')
    expect(body.data.length).toBeGreaterThan(1)
    expect(faultsOf(body, 'models')).toEqual([])
  })

  it('POST /admin/models is as documented', async () => {
    const projectId = (await gateway.get('/projects', as)).body.data[0].id
    const provider = (await gateway.get('/providers', as)).body.data.find(
      ({ name }: any) => name === 'openai',
    )
    const { body } = await gateway.post(
      '/admin/models',
      {
        model_name: 'my-model',
        description: 'A custom completions model for text and image inputs',
        provider_info_id: provider.id,
        project_id: projectId,
        model_type: 'completions',
        input_token_price: 0.00001,
        output_token_price: 0.00003,
        context_size: 128_000,
        capabilities: ['tools'],
        input_types: ['text', 'image'],
        output_types: ['text', 'image'],
        tags: [],
        type_prices: { text_generation: 0.00002 },
        mp_price: null,
        owner_name: 'openai',
        priority: 0,
        model_name_in_provider: 'my-model-v1.2',
        parameters: {
          top_k: { default: 0, description: 'K', min: 0, required: false, step: 1, type: 'int' },
          top_p: {
            default: 1,
            description: 'P',
            max: 1,
            min: 0,
            required: false,
            step: 0.05,
            type: 'float',
          },
        },
      },
      as,
    )
    expect(faultsOf(body, 'admin-model')).toEqual([])
  })
})
