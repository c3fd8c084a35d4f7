import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { virtualModels } from '#plugins/routing/virtual-models'

import { say } from '../../helpers/gateway.ts'
import { startRouted, type Routed } from './routed.ts'

let routed: Routed

beforeAll(async () => {
  routed = await startRouted(
    virtualModels({ models: { fast: [{ model: 'good/y', temperature: 0.5 }] } }),
  )
})
afterAll(() => routed.gateway.stop())

describe('a router', () => {
  it('takes the place of the model', async () => {
    const router = { type: 'fallback', targets: ['bad/x', 'good/x', 'good/y'] }
    expect(await routed.tried({ router })).toEqual(['bad/x', 'good/x'])
    expect(await routed.tried({ router: { ...router, name: 'mine' }, model: 'good/z' })).toEqual([
      'bad/x',
      'good/x',
    ])
  })

  it('is no router when it is null', async () => {
    expect(await routed.tried({ router: null, model: 'good/z' })).toEqual(['good/z'])
  })

  it('gives a target its own parameters and prompts, and keeps those of a virtual model', async () => {
    const prompt = { role: 'system', content: 'Be brief.' }
    const targets = [{ model: 'fast', max_tokens: 7, messages: [prompt] }]
    await routed.tried({ router: { type: 'fallback', targets }, temperature: 1, top_p: 0.9 })
    expect(routed.asked.at(-1)).toMatchObject({
      model: 'good/y',
      temperature: 0.5,
      top_p: 0.9,
      max_tokens: 7,
      messages: [prompt, { role: 'user', content: 'hi' }],
    })
    expect(routed.asked.at(-1)).not.toHaveProperty('router')
  })

  it.each(['random', 'percentage', 'a_b_testing'])(
    'of type %s goes on to the others when the chosen one fails',
    async (type) => {
      const targets = ['bad/x', 'bad/y', 'good/z']
      const tried = await routed.tried({
        router: { type, targets, targets_percentages: [1, 1, 1] },
      })
      expect(tried.at(-1)).toBe('good/z')
      expect(new Set(tried).size).toBe(tried.length)
    },
  )

  it('draws by percentage', async () => {
    const router = {
      type: 'percentage',
      targets: ['bad/x', 'good/y', 'bad/y'],
      targets_percentages: [0, 100, 0],
    }
    expect(await routed.tried({ router })).toEqual(['good/y'])
  })

  it('may stand in another, and inherits its parameters', async () => {
    const inner = {
      type: 'fallback',
      targets: [{ model: 'bad/x' }, { model: 'good/y', top_p: 0.1 }],
    }
    const outer = {
      type: 'fallback',
      targets: [
        'bad/y',
        {
          temperature: 0.3,
          top_p: 0.9,
          messages: [{ role: 'system', content: 'outer' }],
          router: {
            ...inner,
            targets: [
              inner.targets[0],
              { ...inner.targets[1], messages: [{ role: 'system', content: 'inner' }] },
            ],
          },
        },
        'good/z',
      ],
    }
    expect(await routed.tried({ router: outer })).toEqual(['bad/y', 'bad/x', 'good/y'])
    expect(routed.asked.at(-1)).toMatchObject({
      temperature: 0.3,
      top_p: 0.1,
      messages: [{ content: 'inner' }, { content: 'outer' }, { content: 'hi' }],
    })
  })

  it('may be nested ten deep and no deeper', async () => {
    const nested = (depth: number): object =>
      depth === 1
        ? { type: 'fallback', targets: ['good/x'] }
        : { type: 'fallback', targets: [{ router: nested(depth - 1) }] }
    expect(await routed.tried({ router: nested(10) })).toEqual(['good/x'])
    const answer = await routed.ask({ router: nested(11) })
    expect(answer.body.error).toMatchObject({
      code: 'invalid_parameter',
      param: `router${'.targets[0].router'.repeat(10)}`,
    })
  })

  it('routes embeddings as well, as far as the models can do them', async () => {
    const router = { type: 'fallback', targets: ['good/unknown'] }
    const body = { model: 'router/dynamic', input: 'hi', router }
    const answer = await routed.gateway.post('/v1/embeddings', body)
    expect(answer.body.error.param).toBe('router.targets[0]')
  })
})

describe('fallbacks', () => {
  it('are tried after the model', async () => {
    const fallbacks = ['bad/y', { model: 'good/y', temperature: 0.1 }]
    expect(await routed.tried({ model: 'bad/x', fallbacks })).toEqual(['bad/x', 'bad/y', 'good/y'])
    expect(routed.asked.at(-1)).toMatchObject({ temperature: 0.1 })
    expect(routed.asked.at(-1)).not.toHaveProperty('fallbacks')
  })

  it('are tried after the targets of a router', async () => {
    const router = { type: 'random', targets: ['bad/x'] }
    expect(await routed.tried({ router, fallbacks: ['good/x'] })).toEqual(['bad/x', 'good/x'])
  })

  it('do not hide that the model does not exist', async () => {
    const answer = await routed.ask({ model: 'good/unknown', fallbacks: ['good/x'] })
    expect(answer.status).toBe(404)
    expect(answer.body.error.param).toBe('model')
  })
})

describe('what is wrong is said before anything is sent', () => {
  const targets = ['good/x', 'good/y']

  it.each([
    ['no object', 'fallback', 'invalid_parameter', 'router', 'must be an object'],
    ['no type', {}, 'missing_required_parameter', 'router.type', 'is required'],
    [
      'an unknown type',
      { type: 'percentge', targets },
      'invalid_parameter',
      'router.type',
      '; did you mean "percentage"?',
    ],
    ['a type that is no text', { type: 7 }, 'invalid_parameter', 'router.type', 'must be one of'],
    [
      'a type that is only inherited',
      { type: 'toString', targets },
      'invalid_parameter',
      'router.type',
      'must be one of',
    ],
    [
      'no targets',
      { type: 'random' },
      'missing_required_parameter',
      'router.targets',
      'is required',
    ],
    [
      'an empty list',
      { type: 'fallback', targets: [] },
      'invalid_parameter',
      'router.targets',
      'must NOT have fewer than 1 items',
    ],
    [
      'targets that are no list',
      { type: 'fallback', targets: 'good/x' },
      'invalid_parameter',
      'router.targets',
      'must be array',
    ],
    [
      'too many targets',
      { type: 'fallback', targets: Array.from({ length: 65 }, () => 'good/x') },
      'invalid_parameter',
      'router.targets',
      'makes more than 64 targets in all',
    ],
    [
      'too many targets of nested routers',
      { type: 'fallback', targets: Array.from({ length: 8 }, () => ({ router: nestedOf(8) })) },
      'invalid_parameter',
      'router.targets[7].router.targets',
      'makes more than 64 targets in all',
    ],
    [
      'a target that is neither name nor object',
      { type: 'fallback', targets: ['good/x', 7] },
      'invalid_parameter',
      'router.targets[1]',
      'must be the name of a model, or an object with one',
    ],
    [
      'a target without a model',
      { type: 'fallback', targets: ['good/x', { temperature: 1 }] },
      'missing_required_parameter',
      'router.targets[1].model',
      'is required',
    ],
    [
      'a model that is no text',
      { type: 'fallback', targets: [{ model: 7 }] },
      'invalid_parameter',
      'router.targets[0].model',
      'must be the name of a model',
    ],
    [
      'an unknown model',
      { type: 'random', targets: ['good/x', { model: 'good/xx' }] },
      'model_not_found',
      'router.targets[1].model',
      'Nearest: good/x',
    ],
    [
      'a target that streams by itself',
      { type: 'fallback', targets: [{ model: 'good/x', stream: true }] },
      'unsupported_parameter',
      'router.targets[0].stream',
      'can not differ from target to target',
    ],
    [
      'no percentages',
      { type: 'percentage', targets },
      'missing_required_parameter',
      'router.targets_percentages',
      'is required',
    ],
    [
      'too few percentages',
      { type: 'percentage', targets, targets_percentages: [1] },
      'invalid_parameter',
      'router.targets_percentages',
      'there are 2 targets and 1 numbers',
    ],
    [
      'a negative percentage',
      { type: 'a_b_testing', targets, targets_percentages: [1, -1] },
      'invalid_parameter',
      'router.targets_percentages[1]',
      'must be >= 0',
    ],
    [
      'percentages of nothing',
      { type: 'percentage', targets, targets_percentages: [0, 0] },
      'invalid_parameter',
      'router.targets_percentages',
      'must have a number greater than 0',
    ],
    [
      'a fault in a nested router',
      {
        type: 'fallback',
        targets: ['good/x', { router: { type: 'random', targets: ['good/x', {}] } }],
      },
      'missing_required_parameter',
      'router.targets[1].router.targets[1].model',
      'is required',
    ],
    ['no script', { type: 'script' }, 'missing_required_parameter', 'router.script', 'is required'],
    [
      'an empty script',
      { type: 'script', script: '' },
      'router_script_error',
      'router.script',
      'The router script failed',
    ],
  ])('%s', async (_what, ...row) => {
    const [router, code, param, message] = row
    const before = routed.asked.length
    const answer = await routed.ask({ router })
    expect(answer.status).toBe(code === 'model_not_found' ? 404 : 400)
    expect(answer.body.error).toMatchObject({ code, param })
    expect(answer.body.error.message).toContain(message)
    expect(routed.asked.length).toBe(before)
  })

  it.each([
    ['good/x', 'fallbacks'],
    [['good/x', 'good/xx'], 'fallbacks[1]'],
    [[{ model: 'good/xx' }], 'fallbacks[0].model'],
  ])('fallbacks of %j', async (fallbacks, param) => {
    const answer = await routed.gateway.chat(say('good/x', 'hi', { fallbacks }))
    expect(answer.body.error.param).toBe(param)
  })
})

function nestedOf(targets: number): object {
  return { type: 'fallback', targets: Array.from({ length: targets }, () => 'good/x') }
}
