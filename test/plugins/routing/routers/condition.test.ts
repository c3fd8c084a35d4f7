import { describe, expect, it } from 'vitest'

import type { Exchange } from '#core'

import { readConditions } from '../../../../plugins/routing/routers/condition.ts'

const exchange = {
  clientIp: '192.0.2.7',
  headers: {
    'user-agent': 'curl/8',
    'x-team': 'blue',
    'x-level': '7',
    'cf-ipcountry': 'de',
    'cf-ipcontinent': 'EU',
    authorization: 'Bearer sk-secret',
    'x-trace-note': 'Bearer sk-secret',
  },
  tags: { env: 'test', level: '3', 'a.b': 'dotted' },
  request: {
    model: 'router/dynamic',
    max_tokens: 100,
    stream: false,
    temperature: null,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Write some code.' }] },
    ],
    tools: [{ type: 'function' }],
    extra: {
      user: {
        id: 7,
        name: 'Ada',
        user_email: 'a@b.c',
        tags: ['premium', 'early'],
        group_name: 'g1',
        request: { topic: 'support' },
      },
      variables: { plan: 'pro', limits: { daily: 10 }, names: ['x', 'y'] },
    },
  },
} as unknown as Exchange

function meets(conditions: unknown, by: Exchange = exchange): Promise<boolean> {
  return readConditions(conditions, 'conditions', noCheck)(by)
}

function noCheck(): never {
  throw new Error('No check was asked for.')
}

describe('a condition that is met', () => {
  it.each([
    [{ 'extra.user.id': '7' }],
    [{ 'extra.user.user_id': { eq: 7 } }],
    [{ 'extra.user.name': 'Ada' }],
    [{ 'extra.user.request.topic': { $eq: 'support' } }],
    [{ 'extra.user.user_name': { $in: ['Bob', 'Ada'] } }],
    [{ 'extra.user.email': 'a@b.c' }],
    [{ 'extra.user.tier': 'premium' }],
    [{ 'extra.user.tier': { $eq: 'premium' } }],
    [{ 'extra.user.tiers': { contains: 'early' } }],
    [{ 'extra.user.tags': { $contains: 'premium' } }],
    [{ 'extra.user.user_tags.length': 2 }],
    [{ 'extra.variables.plan': { neq: 'free' } }],
    [{ 'extra.variables.plan': { $ne: 'free' } }],
    [{ 'extra.variables.limits.daily': { $gte: 10, $lt: 11 } }],
    [{ 'extra.variables.names.1': 'y' }],
    [{ 'metadata.user_agent': { contains: 'curl' } }],
    [{ 'metadata.ip': '192.0.2.7' }],
    [{ 'metadata.country': 'DE' }],
    [{ 'metadata.region': 'Europe' }],
    [{ 'metadata.user_id': '7' }],
    [{ 'metadata.group_name': 'g1' }],
    [{ 'metadata.tags.env': { nin: ['production'] } }],
    [{ 'metadata.tags.level': { gt: 2 } }],
    [{ 'metadata.tags.level': 3 }],
    [{ 'metadata.tags.a.b': 'dotted' }],
    [{ 'metadata.headers.X-Team': 'blue' }],
    [{ 'metadata.headers.x-level': { lte: 7 } }],
    [{ 'request.model': 'router/dynamic' }],
    [{ 'request.stream': false }],
    [{ 'request.max_tokens': { $gt: 99.5 } }],
    [{ 'request.messages.length': 2 }],
    [{ 'request.message_count': { lt: 3 } }],
    [{ 'request.messages.0.role': 'system' }],
    [{ 'request.last_message': { contains: 'code' } }],
    [{ 'request.has_tools': true }],
    [{ 'request.has_tools': 'true' }],
    [{ 'extra.user.name': { gt: 'Aaa', lt: 'Az' } }],
    [{}],
    [{ all: [] }],
    [{ all: [{ 'request.stream': false }, { 'extra.user.tier': 'premium' }] }],
    [{ any: [{ 'request.stream': true }, { 'extra.user.tier': 'premium' }] }],
    [{ all: [{ any: [{ 'request.stream': true }, { all: [{ 'request.max_tokens': 100 }] }] }] }],
    [{ 'request.stream': false, any: [{ 'extra.user.name': 'Ada' }] }],
  ])('%j', async (conditions) => {
    expect(await meets(conditions)).toBe(true)
  })
})

describe('a condition that is not met', () => {
  it.each([
    [{ 'extra.user.tier': 'early' }],
    [{ 'extra.user.age': { gt: 1 } }],
    [{ 'extra.user.age': { ne: 1 } }],
    [{ 'extra.user.age': { nin: [1] } }],
    [{ 'extra.user.age': null }],
    [{ 'extra.user.constructor': { ne: 'x' } }],
    [{ 'extra.variables.limits.__proto__': { ne: 'x' } }],
    [{ 'extra.variables.limits': { eq: '[object Object]' } }],
    [{ 'extra.variables.names': 'x' }],
    [{ 'metadata.headers.authorization': { ne: 'x' } }],
    [{ 'metadata.headers.x-trace-note': { contains: 'sk' } }],
    [{ 'metadata.tags.toString': { ne: 'x' } }],
    [{ 'request.temperature': { lt: 1 } }],
    [{ 'request.stream': { lt: 1 } }],
    [{ 'request.last_message': { gt: 1 } }],
    [{ 'request.max_tokens': { gt: 10, lt: 100 } }],
    [{ 'request.max_tokens': { contains: 1 } }],
    [{ 'request.stream': false, 'extra.user.name': 'Bob' }],
    [{ any: [{ 'request.stream': true }, { 'extra.user.name': 'Bob' }] }],
  ])('%j', async (conditions) => {
    expect(await meets(conditions)).toBe(false)
  })

  it('says nothing of whom the request does not name', async () => {
    const nobody = { ...exchange, clientIp: undefined, headers: {}, request: { model: 'x' } }
    const keys = ['extra.user.id', 'extra.user.tier', 'extra.variables.x', 'metadata.ip']
    for (const key of [...keys, 'metadata.country', 'request.last_message', 'metadata.region']) {
      expect(await meets({ [key]: { ne: 'x' } }, nobody as unknown as Exchange)).toBe(false)
    }
  })
})

describe('what is wrong is named', () => {
  it.each([
    ['conditions', 'premium', 'must be an object'],
    ['conditions', [], 'must be an object'],
    ['conditions.all', { all: {} }, 'must be a list'],
    ['conditions.any', { any: [] }, 'at least one'],
    ['conditions.any', { any: {} }, 'must be a list'],
    ['conditions.all[1]', { all: [{}, 7] }, 'must be an object'],
    ['conditions.user.tier', { 'user.tier': 'x' }, 'must begin with one of extra.user.'],
    ['conditions.extra.user', { 'extra.user': 'x' }, 'must begin with one of extra.user.'],
    ['conditions.extra.guards.x', { 'extra.guards.x': true }, 'must begin with'],
    ['conditions.metrics.provider.ttft', { 'metrics.provider.ttft': 1 }, 'must begin with'],
    ['conditions.request', { request: 'x' }, 'must begin with'],
    ['conditions.request..x', { 'request..x': 'x' }, 'must begin with'],
    ['conditions.metadata.cuntry', { 'metadata.cuntry': 'x' }, 'did you mean "country"?'],
    ['conditions.metadata.ip.x', { 'metadata.ip.x': 'x' }, 'must be one of'],
    ['conditions.metadata.tags', { 'metadata.tags': 'x' }, 'must be one of'],
    ['conditions.metadata.toString', { 'metadata.toString': 'x' }, 'must be one of'],
    ['conditions.request.model.$eqq', { 'request.model': { $eqq: 1 } }, 'did you mean "eq"?'],
    ['conditions.request.model.exists', { 'request.model': { exists: true } }, 'is no operator'],
    ['conditions.request.model.toString', { 'request.model': { toString: 1 } }, 'is no operator'],
    ['conditions.request.model', { 'request.model': ['a'] }, 'must be a value'],
    ['conditions.request.model', { 'request.model': {} }, 'at least one operator'],
    ['conditions.request.model.in', { 'request.model': { in: 'a' } }, 'takes a list'],
    ['conditions.request.model.$in', { 'request.model': { $in: [{}] } }, 'takes a list'],
    ['conditions.request.n.gt', { 'request.n': { gt: true } }, 'takes a number or a text'],
    ['conditions.request.n.eq', { 'request.n': { eq: [1] } }, 'takes a text'],
    [
      'conditions.all[0].any[1].request.n.$lt',
      { all: [{ any: [{ 'request.n': 1 }, { 'request.n': { $lt: null } }] }] },
      'takes a number or a text',
    ],
  ])('%s of %j', (param, conditions, message) => {
    expect(() => readConditions(conditions, 'conditions', noCheck)).toThrow(
      expect.objectContaining({ param, status: 400, message: expect.stringContaining(message) }),
    )
  })

  it('conditions that are too deep or too many', () => {
    const deep = (depth: number): object => (depth === 0 ? {} : { all: [deep(depth - 1)] })
    const many = Array.from({ length: 501 }, () => ({ 'request.n': 1 }))
    expect(() => readConditions(deep(11), 'conditions', noCheck)).toThrow('nested deeper than 10')
    expect(() => readConditions({ any: many }, 'conditions', noCheck)).toThrow('more than 500')
  })
})
