import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'

import { makeTestDatabase } from '../../../helpers/database.ts'
import { forbid, openWorkshop, type Workshop } from './workshop.ts'

let workshop: Workshop

beforeAll(async () => {
  const plugins = [
    virtualModels({ models: { fast: ['b/one'] } }),
    routers(),
    forbid('x', { id: 'keywords', apply: 'on-request' }),
  ]
  workshop = await openWorkshop(await makeTestDatabase('postgres'), ...plugins)
})
afterAll(() => workshop[Symbol.asyncDispose]())

const targets = ['b/one']

describe('a definition', () => {
  it.each([
    [{}, 'targets', 400],
    [{ targets: [] }, 'targets', 400],
    [{ targets: [7] }, 'targets[0]', 400],
    [{ targets: [{ temperature: 1 }] }, 'targets[0].model', 400],
    [{ targets: [{ model: '' }] }, 'targets[0].model', 400],
    [{ targets: [{ model: 'b/one', temperature: 3 }] }, 'targets[0].temperature', 400],
    [{ targets: ['b/one', { model: 'b/one', stream: true }] }, 'targets[1].stream', 400],
    [{ targets: [{ model: 'b/one', defaults: {} }] }, 'targets[0].defaults', 400],
    [{ targets: ['b/one', 'b/three'] }, 'targets[1]', 404],
    [{ targets: [{ model: 'c/one' }] }, 'targets[0].model', 404],
    [{ targets, router: { type: 'random', targets } }, 'router', 400],
    [{ router: { type: 'dice', targets } }, 'router.type', 400],
    [{ router: { type: 'random', targets: ['b/three'] } }, 'router.targets[0]', 404],
    [{ targets, messages: [{ content: 'hi' }] }, 'messages[0].role', 400],
    [{ targets, messages: [{ role: 'system', content: 7 }] }, 'messages[0].content', 400],
    [{ targets, variables: { tone: 'kind' } }, 'variables.tone', 400],
    [{ targets, variables: { tone: { defualt: 'kind' } } }, 'variables.tone.defualt', 400],
    [{ targets, guards: [{ parameters: {} }] }, 'guards[0].id', 400],
    [{ targets, guards: ['keywords', 'keyword'] }, 'guards[1]', 404],
    [{ targets, parameters: { temperature: 3 } }, 'parameters.temperature', 400],
    [{ targets, parameters: { messages: [] } }, 'parameters.messages', 400],
    [{ targets, parameters: { stream: true } }, 'parameters.stream', 400],
    [{ targets, temperature: 1 }, 'temperature', 400],
    [{ targets, publish: 'yes' }, 'publish', 400],
  ])('%j is refused, and the field is named', async (definition, param, status) => {
    for (const [method, path, body] of [
      ['POST', '', { name: 'new', ...definition }],
      ['PUT', '/kept', definition],
    ] as const) {
      if (method === 'PUT') await workshop.api('POST', '', { name: 'kept', targets })
      const refusal = await workshop.api(method, path, body)
      expect(refusal.body.error).toMatchObject({ param })
      expect(refusal.status).toBe(status)
    }
    expect((await workshop.api('GET', '/new')).status).toBe(404)
    expect((await workshop.api('GET', '/kept')).body.latest_version).toBe(1)
  })

  it('that names an unknown model is told the nearest', async () => {
    const refusal = await workshop.api('POST', '', { name: 'new', targets: ['b/onee'] })
    expect(refusal.body.error.details.nearest[0]).toBe('b/one')
  })

  it.each([
    ['long', '{"description":"?"}'.replace('?', 'x'.repeat(300_000))],
    ['deep', `{"parameters":{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`],
  ])('that is too %s is refused', async (name, json) => {
    const body = json.replace('{', `{"name":"${name}","targets":["b/one"],`)
    const refusal = await workshop.gateway.post('/api/virtual-models', body)
    expect(refusal.status).toBe(400)
    expect(refusal.body.error.message).toMatch(/longer than|deeper than/)
  })
})

describe('a name', () => {
  it.each(['', 'a b', 'a@1', '/a', 'a/', 'a//b', 'é', '-a', 'x'.repeat(201)])(
    'may not be "%s"',
    async (name) => {
      const refusal = await workshop.api('POST', '', { name, targets })
      expect(refusal.status).toBe(400)
      expect(refusal.body.error.param).toBe('name')
    },
  )

  it('may not be that of another model', async () => {
    await workshop.make('mine', { targets })
    for (const name of ['mine', 'fast', 'b/one', 'one']) {
      const refusal = await workshop.api('POST', '', { name, targets })
      expect(refusal.status).toBe(409)
      expect(refusal.body.error).toMatchObject({ code: 'name_taken', param: 'name' })
    }
  })

  it('is needed', async () => {
    const refusal = await workshop.api('POST', '', { targets })
    expect(refusal.body.error).toMatchObject({
      code: 'missing_required_parameter',
      param: 'name',
    })
  })
})

describe('a loop', () => {
  /** What a refusal says. */
  const refusal = async (answer: ReturnType<Workshop['api']>): Promise<string> => {
    const { status, body } = await answer
    expect(status).toBe(400)
    return body.error.message
  }

  it('is refused when it is saved, also through others and through routers', async () => {
    const { api, make } = workshop
    expect(await refusal(api('POST', '', { name: 'self', targets: ['self'] }))).toContain(
      'self → self',
    )
    await make('x', { targets })
    await make('y', { router: { type: 'random', targets: ['b/one', { model: 'x' }] } })
    await make('z', { targets: ['langdb/y@latest'] })
    expect(await refusal(api('PUT', '/x', { targets: ['b/one', 'z'] }))).toContain('x → z → y → x')
    const nested = { type: 'random', targets }
    const router = { type: 'fallback', targets: [{ router: { ...nested, targets: ['z@1'] } }] }
    expect(await refusal(api('PUT', '/x', { router }))).toContain('x → z@1 → y → x')
  })

  it('is refused when a draft would close it', async () => {
    const { api, make } = workshop
    await make('p', { targets })
    await make('q', { targets })
    expect((await api('PUT', '/p', { targets: ['q'] })).status).toBe(200)
    expect((await api('PUT', '/q', { targets: ['p'] })).status).toBe(200)
    expect((await api('POST', '/p/versions/2/publish')).status).toBe(200)
    expect(await refusal(api('POST', '/q/versions/2/publish'))).toContain('q → p → q')
    expect((await workshop.asked('p')).model).toBe('one')
  })

  it('is none when a version stands for an older one', async () => {
    const { api, make } = workshop
    await make('own', { targets })
    const saved = await api('PUT', '/own', { targets: ['own@1'], publish: true })
    expect(saved.status).toBe(200)
    expect((await workshop.asked('own')).model).toBe('one')
  })
})

describe('a version', () => {
  it('that does not exist is not published or shown', async () => {
    await workshop.make('versioned', { targets })
    for (const [method, path] of [
      ['POST', '/versioned/versions/2/publish'],
      ['POST', '/unknown/versions/1/publish'],
      ['GET', '/versioned/versions/2'],
      ['GET', '/unknown/versions/1'],
      ['GET', '/unknown/versions'],
    ] as const) {
      const refusal = await workshop.api(method, path)
      expect(refusal.status).toBe(404)
      expect(refusal.body.error.code).toBe('model_not_found')
    }
    const refusal = await workshop.api('GET', '/versioned/versions/first')
    expect(refusal.body.error.param).toBe('version')
  })
})
