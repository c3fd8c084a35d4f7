import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'

import { makeTestDatabase } from '../../../helpers/database.ts'
import { BLUE, forbid, openWorkshop, RED, type Workshop } from './workshop.ts'

const system = (content: unknown): object => ({ role: 'system', content })
const user = (content: unknown): object => ({ role: 'user', content })

let workshop: Workshop

beforeAll(async () => {
  workshop = await openWorkshop(
    await makeTestDatabase('postgres'),
    virtualModels({
      models: {
        greeter: {
          targets: ['b/one'],
          messages: [{ role: 'system', content: 'Greet {{ name }} in {{language}}.' }],
          variables: { language: { default: 'English' }, name: { description: 'Whom.' } },
        },
      },
    }),
    routers(),
    forbid('swordfish', { id: 'no-fish', apply: 'always' }),
    forbid('rival', { id: 'no-rivals', apply: 'on-request' }),
  )
})
afterAll(() => workshop[Symbol.asyncDispose]())

const withVariables = (variables: object): object => ({ extra: { variables } })

describe('the prompt of a virtual model', () => {
  it('comes before the messages of the request, with its variables filled in', async () => {
    const { messages, extra } = await workshop.asked('greeter', withVariables({ name: 'Ada' }))
    expect(messages).toEqual([system('Greet Ada in English.'), user('hi')])
    expect(extra).toBeUndefined()
    const variables = { name: 'Ada', language: 'French' }
    const other = await workshop.asked('greeter', withVariables(variables))
    expect(other.messages[0]).toEqual(system('Greet Ada in French.'))
  })

  it('is refused without a variable that has no default', async () => {
    for (const more of [{}, withVariables({}), withVariables({ language: 'French' })]) {
      const refusal = await workshop.chat('greeter', more)
      expect(refusal.status).toBe(400)
      expect(refusal.body.error).toMatchObject({
        code: 'missing_required_parameter',
        param: 'extra.variables.name',
      })
    }
  })

  it('takes what is no text as JSON, and nothing of a value for another variable', async () => {
    const name = { first: 'Ada', '{{language}}': '$&' }
    const { messages } = await workshop.asked('greeter', withVariables({ name }))
    expect(messages[0]).toEqual(system('Greet {"first":"Ada","{{language}}":"$&"} in English.'))
    const { messages: numbered } = await workshop.asked('greeter', withVariables({ name: 0 }))
    expect(numbered[0]).toEqual(system('Greet 0 in English.'))
  })

  it('has no variable that it only inherits', async () => {
    await workshop.make('inheriting', {
      targets: ['b/one'],
      messages: [system('{{constructor}}')],
    })
    const refusal = await workshop.chat('inheriting', withVariables({}))
    expect(refusal.body.error.param).toBe('extra.variables.constructor')
  })

  it('may be made of parts, of which only the text is looked into', async () => {
    const image = { type: 'image_url', image_url: { url: 'https://example.org/{{name}}' } }
    const text = (value: string): object => ({ type: 'text', text: value })
    await workshop.make('parts', {
      targets: ['b/one'],
      messages: [user([text('This is {{name}}, {not} {{ a | filter }}.'), image])],
    })
    const { messages } = await workshop.asked('parts', withVariables({ name: 'Ada' }))
    expect(messages[0]).toEqual(user([text('This is Ada, {not} {{ a | filter }}.'), image]))
  })

  it('is not looked for in what the caller says', async () => {
    const { messages } = await workshop.asked('b/one', { messages: [user('{{name}}')] })
    expect(messages).toEqual([user('{{name}}')])
    const targets = [{ model: 'b/one', messages: [system('{{name}}')] }]
    const routed = await workshop.asked('any', { router: { type: 'fallback', targets } })
    expect(routed.messages[0]).toEqual(system('{{name}}'))
  })

  it('comes after those of the models that it stands for, each with its own variables', async () => {
    await workshop.make('inner', {
      targets: [{ model: 'b/one', messages: [system('Target {{tone}}.')] }],
      messages: [system('Inner {{tone}}.')],
      variables: { tone: { default: 'soft' } },
    })
    await workshop.make('outer', {
      targets: ['inner'],
      messages: [system('Outer {{tone}}.')],
      variables: { tone: { default: 'loud' } },
    })
    const contents = async (more: object): Promise<readonly string[]> => {
      const { messages } = await workshop.asked('outer', more)
      return messages.map(({ content }: { readonly content: string }) => content)
    }
    expect(await contents({})).toEqual(['Target soft.', 'Inner soft.', 'Outer loud.', 'hi'])
    const given = await contents(withVariables({ tone: 'new' }))
    expect(given).toEqual(['Target new.', 'Inner new.', 'Outer new.', 'hi'])
  })

  it('is read by the guards as the model will read it', async () => {
    const blocked = await workshop.chat('greeter', withVariables({ name: 'a swordfish' }))
    expect(blocked.status).toBe(446)
  })

  it('is for chats only', async () => {
    const refusal = await workshop.gateway.post('/v1/completions', {
      model: 'greeter',
      prompt: 'hi',
      ...withVariables({ name: 'Ada' }),
    })
    expect(refusal.status).toBe(400)
    expect(refusal.body.error).toMatchObject({ code: 'unsupported_parameter', param: 'model' })
  })
})

describe('the parameters of a virtual model', () => {
  it('hold where the request says nothing', async () => {
    await workshop.make('tuned', {
      targets: ['a/one', { model: 'b/one', top_p: 0.9 }],
      parameters: { temperature: 0.2, max_tokens: 100, top_p: 0.1 },
      response_format: 'json_object',
    })
    expect(await workshop.asked('tuned')).toEqual({
      model: 'one',
      messages: [user('hi')],
      temperature: 0.2,
      max_tokens: 100,
      top_p: 0.9,
      response_format: { type: 'json_object' },
    })
    const response_format = { type: 'text' }
    const said = { temperature: 1, top_p: 1, max_completion_tokens: 5, response_format }
    const { max_tokens, ...asked } = await workshop.asked('tuned', said)
    expect(asked).toMatchObject({ ...said, top_p: 0.9 })
    expect(max_tokens).toBeUndefined()
    expect((await workshop.asked('tuned', { temperature: null })).temperature).toBe(0.2)
  })

  it('of the outer of two are nearer the request', async () => {
    const targets = ['b/one']
    await workshop.make('lower', { targets, parameters: { temperature: 0.1, seed: 1 } })
    await workshop.make('upper', { targets: ['lower'], parameters: { temperature: 0.9 } })
    expect(await workshop.asked('upper')).toMatchObject({ temperature: 0.9, seed: 1 })
  })
})

describe('the guards of a virtual model', () => {
  beforeAll(async () => {
    await workshop.make('guarded', { targets: ['b/one'], guards: ['no-rivals'] })
  })

  it('read every request for it', async () => {
    const messages = [user('Is the rival better?')]
    expect((await workshop.chat('b/one', { messages })).status).toBe(200)
    const blocked = await workshop.chat('guarded', { messages })
    expect(blocked.status).toBe(446)
    expect(blocked.body.guard_id).toBe('no-rivals')
    expect(await workshop.asked('guarded')).not.toHaveProperty('guards')
  })

  it('can not be taken away by a request or by a model around it', async () => {
    const messages = [user('Is the rival better?')]
    for (const guards of [[], null]) {
      const router = { type: 'fallback', targets: [{ model: 'guarded', guards }] }
      expect((await workshop.chat('any', { messages, router })).status).toBe(446)
    }
    await workshop.make('around', { targets: ['guarded'], guards: [] })
    expect((await workshop.chat('around', { messages })).status).toBe(446)
  })
})

describe('what is kept and not yet served', () => {
  it('is named in the answer', async () => {
    await workshop.make('stored', {
      targets: ['b/one'],
      mcp_servers: [{ name: 'search' }],
      cache: { type: 'exact' },
    })
    const { headers } = await workshop.chat('stored')
    expect(headers.get('x-tapgate-degraded')).toMatch(/mcp_servers/)
  })
})

describe('the router of a virtual model', () => {
  it('chooses for each request, beneath its prompt and its parameters', async () => {
    await workshop.make('routed', {
      router: {
        type: 'fallback',
        targets: ['a/one', { model: 'b/two', messages: [system('Be {{tone}}.')], seed: 7 }],
      },
      messages: [system('You are {{name}}.')],
      variables: { tone: { default: 'kind' } },
      parameters: { temperature: 0.3 },
    })
    const asked = await workshop.asked('routed', withVariables({ name: 'Tom' }))
    expect(asked).toEqual({
      model: 'two',
      messages: [system('Be kind.'), system('You are Tom.'), user('hi')],
      temperature: 0.3,
      seed: 7,
    })
  })

  it('may be named by the router and the fallbacks of a request of its project', async () => {
    await workshop.make('blue-one', { targets: ['b/two'] }, BLUE)
    for (const more of [
      { router: { type: 'fallback', targets: ['blue-one'] } },
      { model: 'a/one', fallbacks: ['blue-one'] },
    ]) {
      expect((await workshop.asked('any', more, BLUE)).model).toBe('two')
      expect((await workshop.chat('any', more, RED)).status).toBe(404)
    }
  })
})
