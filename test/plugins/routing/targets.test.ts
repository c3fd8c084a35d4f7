import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { definePlugin } from '#core'

import { startRouted, type Routed } from './routed.ts'

let routed: Routed
let judged: string[] = []

const guards = definePlugin({
  name: 'own-guards',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    guards: ['polite', 'short'].map((id) => ({
      id,
      stage: 'input' as const,
      apply: 'on-request' as const,
      check({ segments }) {
        judged.push(id)
        return { passed: !segments.some(({ text }) => text.includes('rude')) }
      },
    })),
  }),
})

beforeAll(async () => {
  routed = await startRouted(guards())
})
afterAll(() => routed.gateway.stop())
beforeEach(() => {
  judged = []
})

const fallback = (...targets: (string | object)[]): object => ({ type: 'fallback', targets })
const say = (content: string): object => ({ messages: [{ role: 'user', content }] })

describe('a target', () => {
  it('may have guards of its own, and gives way where they block', async () => {
    const router = fallback({ model: 'good/x', guards: ['polite'] }, 'good/y')
    expect(await routed.tried({ router, ...say('kind words') })).toEqual(['good/x'])
    expect(await routed.tried({ router, ...say('rude words') })).toEqual(['good/y'])
    expect(judged).toEqual(['polite', 'polite'])
    expect(routed.asked.at(-1)).not.toHaveProperty('guards')
  })

  it('may name them in "extra", as LangDB’s do, and keeps those of its router', async () => {
    const inner = { model: 'good/x', extra: { guards: [{ id: 'short' }] } }
    const router = fallback({ router: fallback(inner), guards: ['polite'] }, 'good/y')
    expect(await routed.tried({ router })).toEqual(['good/x'])
    expect(judged.toSorted()).toEqual(['polite', 'short'])
  })

  it('may be tried again as often as it says', async () => {
    const router = fallback({ model: 'bad/x', max_retries: 1 }, 'good/y')
    expect(await routed.tried({ router })).toEqual(['bad/x', 'bad/x', 'good/y'])
    const fallbacks = [{ model: 'bad/y', max_retries: 1 }, 'good/z']
    expect(await routed.tried({ model: 'bad/x', fallbacks })).toEqual([
      'bad/x',
      'bad/y',
      'bad/y',
      'good/z',
    ])
  })

  it('may name a version, which is the model where its provider has no such one', async () => {
    expect(await routed.tried({ router: fallback('good/x@2025-01-01') })).toEqual(['good/x'])
    expect(await routed.tried({ model: 'good/y@3' })).toEqual(['good/y'])
    const answer = await routed.ask({ router: fallback('good/no@3') })
    expect(answer.body.error).toMatchObject({ code: 'model_not_found', param: 'router.targets[0]' })
  })

  it('can be no pattern where nothing is measured', async () => {
    const answer = await routed.ask({ router: fallback('good/x', 'good/*') })
    expect(answer.body.error).toMatchObject({ code: 'model_not_found', param: 'router.targets[1]' })
    const by = { type: 'optimized', metric: 'latency', targets: ['nobody/*'] }
    expect((await routed.ask({ router: by })).body.error.param).toBe('router.targets[0]')
  })

  it('may ask for JSON in a word', async () => {
    await routed.tried({ router: fallback({ model: 'good/x', response_format: 'json_object' }) })
    expect(routed.asked.at(-1)).toMatchObject({ response_format: { type: 'json_object' } })
  })
})

it.each([
  [{ guards: ['no'] }, 'guard_not_found', 'guards[0]'],
  [{ extra: { guards: ['polite', { id: 'polit' }] } }, 'guard_not_found', 'extra.guards[1]'],
  [{ guards: 'polite' }, 'invalid_parameter', 'guards'],
  [{ guards: [{}] }, 'missing_required_parameter', 'guards[0].id'],
  [{ extra: { guards: [], user: {} } }, 'unsupported_parameter', 'extra'],
  [{ extra: { user: {} } }, 'unsupported_parameter', 'extra'],
  [{ mcp_servers: [] }, 'unsupported_parameter', 'mcp_servers'],
  [{ shadow: { model: 'good/y' } }, 'unsupported_parameter', 'shadow'],
  [{ max_retries: 99 }, 'invalid_parameter', 'max_retries'],
  [{ temperature: 'hot' }, 'invalid_parameter', 'temperature'],
  [{ messages: 'Be brief.' }, 'invalid_parameter', 'messages'],
  [{ messages: [{ content: 'x' }] }, 'missing_required_parameter', 'messages[0].role'],
])('a target with %j is refused before anything is sent', async (own, code, path) => {
  const before = routed.asked.length
  const answer = await routed.ask({ router: fallback('good/y', { model: 'good/x', ...own }) })
  expect([400, 404]).toContain(answer.status)
  expect(answer.body.error).toMatchObject({ code, param: `router.targets[1].${path}` })
  const fallbacks = [{ model: 'good/x', ...own }]
  const other = await routed.ask({ model: 'good/y', fallbacks })
  expect(other.body.error).toMatchObject({ code, param: `fallbacks[0].${path}` })
  expect(routed.asked.length).toBe(before)
})
