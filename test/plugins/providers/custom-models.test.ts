import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { accounts } from '#plugins/access/accounts'
import { customModels } from '#plugins/providers/custom-models'
import { openaiCompatible } from '#plugins/providers/openai-compatible'

import { createDatabase, type DatabaseSettings } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { completion } from '../../helpers/openai.ts'
import { json, startUpstream, type Upstream } from '../../helpers/upstream.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const MASTER = 'sk-master-key-of-these-tests'
const ADMIN = 'the-admin-key-of-these-tests'
const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })
const admin = { ...as(MASTER), 'x-admin-key': ADMIN }

/** The body of the published example of `POST /admin/models`, for a provider and a project of ours. */
const example = {
  model_name: 'my-model',
  description: 'A custom completions model for text and image inputs',
  public: false,
  request_response_mapping: 'openai-compatible',
  model_type: 'completions',
  input_token_price: 0.00001,
  output_token_price: 0.00003,
  context_size: 128000,
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
    top_k: { default: 0, description: 'Top K.', min: 0, required: false, step: 1, type: 'int' },
    top_p: { default: 1, description: 'Top P.', max: 1, min: 0, required: false, type: 'float' },
  },
}

describeDatabases((kind) => {
  let settings: DatabaseSettings
  let upstream: Upstream
  let gateway: TestGateway
  let projectId: string
  let providerId: string

  const start = (): Promise<TestGateway> =>
    startGateway({
      plugins: [
        accounts(),
        customModels(),
        openaiCompatible({ name: 'mine', baseUrl: upstream.url, apiKey: 'k', models: ['known'] }),
      ],
      database: createDatabase(settings),
      environment: {
        TAPGATE_KEY: MASTER,
        TAPGATE_ADMIN_KEY: ADMIN,
        TAPGATE_SECRET: 's'.repeat(32),
      },
    })
  const send = async (
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = admin,
  ): Promise<TestAnswer> => {
    const response = await fetch(gateway.url + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }
  const describeModel = (changes: object = {}): Promise<TestAnswer> =>
    send('POST', '/admin/models', {
      ...example,
      project_id: projectId,
      provider_info_id: providerId,
      ...changes,
    })

  beforeAll(async () => {
    settings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
    upstream = await startUpstream(() => json(completion()))
    gateway = await start()
    projectId = (await gateway.get('/projects', as(MASTER))).body.data[0].id
    providerId = (await gateway.get('/providers', as(MASTER))).body.data[0].id
  })
  afterAll(async () => {
    await gateway.stop()
    await upstream[Symbol.asyncDispose]()
  })

  describe('a custom model', () => {
    it('is answered as documented', async () => {
      const answer = await describeModel({ model_name: 'documented' })
      const {
        project_id: _p,
        public: _u,
        request_response_mapping: _m,
        ...shown
      } = {
        ...example,
        project_id: '',
      }
      expect(answer.status).toBe(200)
      expect(answer.body).toEqual({
        ...shown,
        id: expect.stringMatching(/^[\da-f-]{36}$/),
        model_name: 'documented',
        provider_info_id: providerId,
        input_token_price: '0.00001',
        output_token_price: '0.00003',
      })
    })

    it('can be asked for at once, under its name, at its price', async () => {
      await describeModel()
      for (const name of ['my-model', 'mine/my-model']) {
        const answer = await gateway.chat(say(name, 'Hello'), as(MASTER))
        expect(answer.status).toBe(200)
        expect(upstream.requests.at(-1)?.body).toMatchObject({ model: 'my-model-v1.2' })
        const record = gateway.records.at(-1)
        expect(record).toMatchObject({ requestedModel: name, prices: { input: 10, output: 30 } })
        const { input = 0, output = 0 } = record?.tokens ?? {}
        expect(Number(record?.cost)).toBeCloseTo(input * 0.00001 + output * 0.00003, 12)
      }
      const listed = await gateway.get('/v1/models', as(MASTER))
      expect(listed.body.data.map((model: { id: string }) => model.id)).toContain('my-model')
    })

    it('gets the defaults of the parameters that it requires', async () => {
      const parameters = {
        top_k: { default: 40, required: true, type: 'int' },
        top_p: { default: 0.5, required: false, type: 'float' },
      }
      await describeModel({ model_name: 'with-parameters', parameters })
      await gateway.chat(say('with-parameters', 'Hello'), as(MASTER))
      const asked = upstream.requests.at(-1)?.body
      expect(asked.top_k).toBe(40)
      expect(asked.top_p).toBeUndefined()
    })

    it('is shown, changed and taken away', async () => {
      const { id } = (await describeModel({ model_name: 'changing' })).body
      expect((await send('GET', `/admin/models/${id}`)).body.description).toBe(example.description)
      const changed = await send('PUT', `/admin/models/${id}`, { input_token_price: 1e-7 })
      expect(changed.body).toMatchObject({ model_name: 'changing', input_token_price: '0.0000001' })
      const all = await send('GET', '/admin/models')
      expect(all.body.data).toContainEqual(changed.body)
      expect((await send('DELETE', `/admin/models/${id}`)).body).toEqual({ id, deleted: true })
      expect((await send('GET', `/admin/models/${id}`)).status).toBe(404)
      expect((await gateway.chat(say('changing', 'Hello'), as(MASTER))).status).toBe(404)
    })

    it('made on one gateway is known on another within seconds', async () => {
      await using second = await start()
      await describeModel({ model_name: 'shared' })
      await expect
        .poll(async () => (await second.chat(say('shared', 'Hello'), as(MASTER))).status, {
          timeout: 20_000,
        })
        .toBe(200)
    })

    it('belongs to its project', async () => {
      await describeModel({ model_name: 'private' })
      const project = (await gateway.post('/projects', { name: 'other' }, as(MASTER))).body.id
      const other = { ...as(MASTER), 'x-project-id': project }
      expect((await gateway.chat(say('private', 'Hello'), other)).status).toBe(404)
      const listed = (await gateway.get('/v1/models', other)).text
      expect(listed).not.toContain('private')
      expect((await gateway.get('/pricing')).text).not.toContain('"private"')
      expect((await gateway.get('/pricing', as(MASTER))).text).toContain('"private"')
    })

    it('may not have the name of another', async () => {
      await describeModel({ model_name: 'twice' })
      const second = await describeModel({ model_name: 'twice' })
      expect(second.status).toBe(409)
      expect(second.body.error).toMatchObject({ code: 'name_taken', param: 'model_name' })
    })

    it.each([
      [{ model_name: undefined }, 'model_name'],
      [{ model_name: 'a b' }, 'model_name'],
      [{ provider_info_id: undefined }, 'provider_info_id'],
      [{ provider_info_id: 'nobody' }, 'provider_info_id'],
      [{ project_id: 'another' }, 'project_id'],
      [{ model_type: 'poems' }, 'model_type'],
      [{ input_token_price: -1 }, 'input_token_price'],
      [{ request_response_mapping: 'a script' }, 'request_response_mapping'],
      [{ priority: 'high' }, 'priority'],
      [{ prices: {} }, 'prices'],
    ])('is not made of %j', async (changes, param) => {
      const refused = await describeModel(changes)
      expect(refused.status).toBe(400)
      expect(refused.body.error.param).toBe(param)
    })
  })

  describe('the admin key', () => {
    it.each([
      [{}, 401, 'missing_api_key'],
      [{ 'x-admin-key': 'wrong' }, 401, 'invalid_api_key'],
    ])('is asked for: %j', async (header: Record<string, string>, status, code) => {
      const refused = await send('GET', '/admin/models', undefined, { ...as(MASTER), ...header })
      expect(refused.status).toBe(status)
      expect(refused.body.error.code).toBe(code)
    })

    it('may be an API key that is an admin here', async () => {
      const make = async (permissions: string[]): Promise<string> =>
        (await gateway.post('/api/keys', { name: 'k', permissions }, as(MASTER))).body.key
      const weak = await make(['read', 'write'])
      const strong = await make(['admin'])
      const ask = (key: string): Promise<TestAnswer> =>
        send('GET', '/admin/models', undefined, { ...as(weak), 'x-admin-key': key })
      expect((await ask(strong)).status).toBe(200)
      expect((await ask(weak)).status).toBe(403)
    })
  })

  describe('custom prices', () => {
    it('hold for the project alone', async () => {
      const prices = { 'mine/known': { per_input_token: 1.23, per_output_token: 2.12 } }
      const set = await send('POST', `/projects/${projectId}/custom_prices`, prices)
      expect(set.body).toEqual(prices)
      await gateway.chat(say('mine/known', 'Hello'), as(MASTER))
      expect(gateway.records.at(-1)?.prices).toMatchObject({ input: 1.23, output: 2.12 })

      const project = (await gateway.post('/projects', { name: 'dear' }, as(MASTER))).body.id
      const elsewhere = { ...as(MASTER), 'x-project-id': project }
      await gateway.chat(say('mine/known', 'Hello'), elsewhere)
      expect(gateway.records.at(-1)).toMatchObject({ prices: null, cost: null })
    })

    it('are taken back with null', async () => {
      const path = `/projects/${projectId}/custom_prices`
      await send('POST', path, { 'mine/known': { per_input_token: 1, per_output_token: 2 } })
      await send('POST', path, { 'mine/known': null })
      await gateway.chat(say('mine/known', 'Hello'), as(MASTER))
      expect(gateway.records.at(-1)?.cost).toBeNull()
    })

    it.each([
      [{}, 400],
      [{ 'mine/known': { per_input_token: 1 } }, 400],
      [{ 'mine/known': { per_input_token: -1, per_output_token: 1 } }, 400],
      [{ 'nobody/knows': { per_input_token: 1, per_output_token: 1 } }, 404],
    ])('can not be %j', async (prices, status) => {
      const refused = await send('POST', `/projects/${projectId}/custom_prices`, prices)
      expect(refused.status).toBe(status)
    })

    it('are not set for a project of others', async () => {
      const path = '/projects/11111111-2222-4333-8444-555555555555/custom_prices'
      const prices = { 'mine/known': { per_input_token: 1, per_output_token: 1 } }
      expect((await send('POST', path, prices)).status).toBe(404)
    })
  })

  describe('the lists', () => {
    it('need no key: models as OpenAI tells them, prices as LangDB does', async () => {
      const models = await gateway.get('/models')
      expect(models.body.data).toContainEqual({
        id: 'mine/known',
        object: 'model',
        created: 1686935002,
        owned_by: 'mine',
      })
      await describeModel({ model_name: 'priced' })
      const pricing = await gateway.get('/pricing', as(MASTER))
      expect(pricing.body).toContainEqual({
        model: 'priced',
        provider: 'mine',
        price: expect.objectContaining({
          per_input_token: 10,
          per_output_token: 30,
          valid_from: null,
        }),
        input_formats: ['text', 'image'],
        output_formats: ['text', 'image'],
        capabilities: ['tools'],
        type: 'completions',
        limits: { max_context_size: 128000 },
      })
      for (const element of pricing.body) {
        expect(element).toMatchObject({
          model: expect.any(String),
          provider: expect.any(String),
          type: expect.stringMatching(/^(completions|embeddings|image_generation)$/),
        })
      }
    })
  })
})
