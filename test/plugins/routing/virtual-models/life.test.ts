import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { virtualModels } from '#plugins/routing/virtual-models'

import { describeDatabases, makeTestDatabase } from '../../../helpers/database.ts'
import { BLUE, openWorkshop, RED, type Workshop } from './workshop.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describeDatabases((kind) => {
  let workshop: Workshop

  beforeAll(async () => {
    const plugin = virtualModels({
      models: { fast: ['b/two'], brief: { description: 'Says little.', targets: ['b/one'] } },
    })
    workshop = await openWorkshop(await makeTestDatabase(kind), plugin)
  })
  afterAll(() => workshop[Symbol.asyncDispose]())

  const at = (temperature: number): object => ({
    targets: ['b/one'],
    parameters: { temperature },
  })

  it('is served once a version is published, and goes back to any of them', async () => {
    const { api, chat, asked } = workshop
    const made = await api('POST', '', { name: 'support', description: 'First.', ...at(0.1) })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      name: 'support',
      source: 'api',
      version: 1,
      status: 'draft',
      latest_version: 1,
      published_version: null,
      description: 'First.',
      ...at(0.1),
    })
    for (const name of ['support', 'support@1', 'support@latest']) {
      const refusal = await chat(name)
      expect(refusal.status).toBe(404)
      expect(refusal.body.error.code).toBe('model_not_found')
      expect(refusal.body.error.message).toContain('/api/virtual-models/support/versions/1/publish')
    }

    const published = await api('POST', '/support/versions/1/publish')
    expect(published.body).toMatchObject({ version: 1, status: 'published', published_version: 1 })
    expect((await asked('support')).temperature).toBe(0.1)

    const saved = await api('PUT', '/support', at(0.2))
    expect(saved.body).toMatchObject({ version: 2, status: 'draft', published_version: 1 })
    expect((await asked('support')).temperature).toBe(0.1)
    expect((await chat('support@2')).body.error.message).toContain('is a draft')
    await api('POST', '/support/versions/2/publish')
    await api('PUT', '/support', { ...at(0.3), publish: true })
    expect((await asked('support')).temperature).toBe(0.3)

    await api('POST', '/support/versions/2/publish')
    const served = await Promise.all(
      ['support', 'support@latest', 'support@1', 'support@2', 'support@3'].map((name) =>
        asked(name),
      ),
    )
    expect(served.map(({ temperature }) => temperature)).toEqual([0.2, 0.2, 0.1, 0.2, 0.3])
    expect((await chat('support@4')).body.error.message).toContain('has no version 4')
    expect((await api('GET', '/support')).body).toMatchObject({ version: 2, latest_version: 3 })

    const { data, pagination } = (await api('GET', '/support/versions?limit=2')).body
    expect(data).toMatchObject([
      { version: 3, status: 'published', ...at(0.3) },
      { version: 2, status: 'published', ...at(0.2) },
    ])
    expect(pagination).toEqual({ total: 3, limit: 2, offset: 0, hasMore: true })
    expect((await api('GET', '/support/versions/1')).body).toMatchObject(at(0.1))
  })

  it('gets a number of its own for each version, however many are saved at once', async () => {
    await workshop.make('busy', at(0))
    const saved = await Promise.all(
      [1, 2, 3, 4, 5].map(() => workshop.api('PUT', '/busy', { ...at(1), publish: true })),
    )
    const versions = saved.map(({ body }) => Number(body.version)).toSorted((a, b) => a - b)
    expect(versions).toEqual([2, 3, 4, 5, 6])
    expect((await workshop.asked('busy')).temperature).toBe(1)
    const made = await Promise.all(
      [1, 2, 3].map(() => workshop.api('POST', '', { name: 'contested', ...at(0) })),
    )
    expect(made.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409])
  })

  it('is recorded under the name that was asked for', async () => {
    await workshop.make('recorded', at(0))
    await workshop.asked('recorded@1')
    const record = workshop.gateway.records.at(-1)
    expect(record).toMatchObject({ requestedModel: 'recorded@1', provider: 'b', model: 'one' })
  })

  it('has a name with slashes, or one that LangDB would prefix', async () => {
    const { make, asked, api } = workshop
    await make('team/langdb/helper', at(0.4))
    expect((await asked('team/langdb/helper@1')).temperature).toBe(0.4)
    await make('prefixed', at(0.5))
    for (const name of ['langdb/prefixed', 'openai/langdb/prefixed@latest']) {
      expect((await asked(name)).temperature).toBe(0.5)
    }
    const path = `/${encodeURIComponent('team/langdb/helper')}`
    expect((await api('GET', path)).body.name).toBe('team/langdb/helper')
    expect((await api('DELETE', path)).status).toBe(200)
    expect((await api('GET', path)).status).toBe(404)
  })

  it('starts over when it is made again after it was deleted', async () => {
    const { make, api, chat, asked } = workshop
    await make('again', at(0.1))
    await api('PUT', '/again', at(0.2))
    await api('DELETE', '/again')
    expect((await chat('again')).status).toBe(404)
    expect((await api('POST', '/again/versions/1/publish')).status).toBe(404)
    expect((await api('PUT', '/again', at(0.2))).status).toBe(404)
    await make('again', at(0.3))
    expect((await asked('again')).temperature).toBe(0.3)
    expect((await api('GET', '/again/versions')).body.pagination.total).toBe(1)
  })

  it('belongs to one project, and another may have one of the same name', async () => {
    const { make, api, asked, chat, gateway } = workshop
    await make('ours', at(0.1), RED)
    expect((await chat('ours', {}, BLUE)).status).toBe(404)
    expect((await api('GET', '/ours', undefined, BLUE)).status).toBe(404)
    expect((await api('PUT', '/ours', at(1), BLUE)).status).toBe(404)
    expect((await api('DELETE', '/ours', undefined, BLUE)).status).toBe(404)
    await make('ours', at(0.2), BLUE)
    expect((await asked('ours', {}, RED)).temperature).toBe(0.1)
    expect((await asked('ours', {}, BLUE)).temperature).toBe(0.2)

    await make('blue-only', at(0), BLUE)
    const listedFor = async (project: string): Promise<readonly string[]> => {
      const { data } = (await gateway.get('/v1/models', { 'x-test-project': project })).body
      return data.map(({ id }: { readonly id: string }) => id)
    }
    expect(await listedFor(BLUE)).toEqual(expect.arrayContaining(['fast', 'ours', 'blue-only']))
    expect(await listedFor(RED)).not.toContain('blue-only')
    const one = (project: string): Promise<number> =>
      gateway
        .get('/v1/models/blue-only', { 'x-test-project': project })
        .then(({ status }) => status)
    expect([await one(BLUE), await one(RED)]).toEqual([200, 404])
    const { nearest } = (await chat('blue-onli', {}, RED)).body.error.details
    expect(nearest).not.toContain('blue-only')
  })

  describe('one of the config file', () => {
    it('is listed for all projects, beside those made over HTTP', async () => {
      const { make, api } = workshop
      await make('zebra', { ...at(0), description: 'Striped.' }, BLUE)
      const { data, pagination } = (await api('GET', '', undefined, BLUE)).body
      expect(data[0]).toEqual({
        name: 'blue-only',
        source: 'api',
        description: null,
        latest_version: 1,
        published_version: 1,
        created_at: expect.any(String),
        updated_at: expect.any(String),
      })
      expect(data).toContainEqual(
        expect.objectContaining({ name: 'brief', source: 'config', description: 'Says little.' }),
      )
      expect(data.at(-1)).toMatchObject({ name: 'zebra', source: 'api', description: 'Striped.' })
      expect(pagination).toMatchObject({ total: data.length, hasMore: false })
      const page = (await api('GET', '?limit=1&offset=1', undefined, BLUE)).body
      expect(page.data).toEqual([data[1]])
      expect((await api('GET', '?limit=101')).body.error.param).toBe('limit')
    })

    it('is shown as it is written, and has one version', async () => {
      const { api, asked, chat } = workshop
      const shown = { name: 'brief', source: 'config', version: 1, status: 'published' }
      for (const path of ['/brief', '/brief/versions/1']) {
        expect((await api('GET', path)).body).toMatchObject({ ...shown, targets: ['b/one'] })
      }
      expect((await api('GET', '/brief/versions')).body.pagination.total).toBe(1)
      expect((await api('GET', '/brief/versions/2')).status).toBe(404)
      expect((await asked('brief@1')).model).toBe('one')
      expect((await chat('brief@2')).body.error.message).toContain('has no version 2')
    })

    it('is not changed over HTTP', async () => {
      for (const [method, path] of [
        ['PUT', '/fast'],
        ['DELETE', '/fast'],
        ['POST', '/fast/versions/1/publish'],
      ] as const) {
        const refusal = await workshop.api(method, path, method === 'PUT' ? at(0) : undefined)
        expect(refusal.status).toBe(409)
        expect(refusal.body.error).toMatchObject({ code: 'name_taken' })
        expect(refusal.body.error.message).toContain('config file')
      }
    })
  })
})
