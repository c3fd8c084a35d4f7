import { afterAll, beforeAll, expect, it } from 'vitest'

import { definePlugin } from '#core'
import { routers } from '#plugins/routing/routers'
import { counters } from '#plugins/usage/counters'

import { createDatabase } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { localProvider } from '../local-provider.ts'

/** Routers as LangDB's pages write them. What surrounds them here are models of these names. */
const MODELS: Readonly<Record<string, string[]>> = {
  openai: ['gpt-4.1-mini', 'gpt-4.1-nano', 'gpt-4o-mini', 'gpt-4o', 'gpt-o3', 'test'],
  anthropic: ['claude-4-opus', 'claude-4-sonnet'],
  mistral: ['mistral-large-latest'],
  google: ['gemini-2.5-pro'],
}

const passing = definePlugin({
  name: 'passing-guards',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    guards: ['toxicity-1', 'word_count_validator_bd4bdnun', 'toxicity_detection_4yj4cdvu'].map(
      (id) => ({
        id,
        stage: 'input' as const,
        apply: 'on-request' as const,
        check: ({ segments }) => ({ passed: !segments.some(({ text }) => text.includes('toxic')) }),
      }),
    ),
  }),
})

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway({
    plugins: [
      ...Object.entries(MODELS).map(([name, models]) =>
        localProvider(name, models, () => 'Hello.'),
      ),
      passing(),
      routers(),
      counters(),
    ],
    database: createDatabase(await makeTestDatabase('postgres')),
  })
})
afterAll(() => gateway.stop())

async function servedBy(router: object, more: object = {}): Promise<string> {
  const messages = [{ role: 'user', content: 'Hello.' }]
  return chosen(await gateway.chat({ model: 'router/dynamic', messages, router, ...more }))
}

function chosen({ status, headers, text }: TestAnswer): string {
  if (status !== 200) throw new Error(text)
  return `${headers.get('x-provider-name')}/${headers.get('x-model-name')}`
}

it('a script with guards, a user and a response format in one word', async () => {
  const answer = await gateway.chat({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'Write a haiku about recursion in programming.' }],
    temperature: 0.8,
    max_tokens: 1000,
    top_p: 0.9,
    frequency_penalty: 0.1,
    presence_penalty: 0.2,
    stream: false,
    response_format: 'json_object',
    router: {
      name: 'kg_random_router',
      type: 'script',
      script:
        "const route = ({ request, headers, models, metrics }) => { return {model: 'test'};};",
    },
    extra: {
      guards: ['word_count_validator_bd4bdnun', 'toxicity_detection_4yj4cdvu'],
      user: { id: '7', name: 'mrunmay', tags: ['coding', 'software'] },
    },
  })
  expect(chosen(answer)).toBe('openai/test')
})

it('checks, routes by a condition, a choice by a metric, a refusal', async () => {
  const router = {
    type: 'conditional',
    pre_request: [
      { name: 'toxic', type: 'guardrail', guard_id: 'toxicity-1' },
      {
        name: 'daily',
        type: 'rate_limiter',
        limit: 1000,
        period: 'day',
        target: 'requests',
        entity: 'user_id',
      },
    ],
    routes: [
      {
        name: 'premium',
        conditions: { all: [{ 'extra.user.tier': { $eq: 'premium' } }] },
        targets: {
          $any: ['openai/gpt-4.1-mini', 'anthropic/*'],
          filter: { error_rate: { $lt: 0.01 } },
          sort_by: 'ttft',
          sort_order: 'min',
        },
      },
      {
        name: 'blocked',
        conditions: { 'pre_request.daily.allowed': { eq: false } },
        message_mapper: {
          modifier: 'block',
          content: 'You have exceeded your daily quota.',
        },
      },
      {
        name: 'toxic',
        conditions: { all: [{ 'pre_request.toxic.passed': { eq: false } }] },
        targets: { $any: ['anthropic/claude-4-opus'], sort_by: 'ttft', sort_order: 'min' },
        message_mapper: null,
      },
      { name: 'basic', targets: 'openai/gpt-4.1-nano' },
    ],
    post_request: [],
  }
  const premium = { user: { tiers: ['premium', 'beta'] } }
  expect(await servedBy(router, { extra: premium })).toMatch(/^(anthropic\/|openai\/gpt-4\.1-mini)/)
  expect(await servedBy(router, { extra: { user: { id: 'u-1' } } })).toBe('openai/gpt-4.1-nano')
  const toxic = [{ role: 'user', content: 'Something toxic.' }]
  expect(await servedBy(router, { messages: toxic })).toBe('anthropic/claude-4-opus')
})

it('tiers, topics, cost groups, and a route for all that is left', async () => {
  const router = {
    type: 'conditional',
    routes: [
      {
        name: 'premium_support_fast_track',
        conditions: {
          all: [
            { 'extra.user.tier': { $eq: 'premium' } },
            { 'extra.user.request.topic': { $eq: 'support' } },
          ],
        },
        targets: {
          $any: ['anthropic/claude-4-opus', 'openai/gpt-o3', 'google/gemini-2.5-pro'],
          filter: { ttft: { $lt: 1000 } },
          sort_by: 'ttft',
          sort_order: 'min',
        },
      },
      {
        name: 'standard_user_cost_optimized',
        conditions: { 'extra.user.tier': { $eq: 'standard' } },
        targets: {
          $any: ['mistral/mistral-large-latest', 'anthropic/claude-4-sonnet'],
          sort_by: 'price',
          sort_order: 'min',
        },
      },
      {
        name: 'internal_dev_testing',
        conditions: { 'metadata.group_name': { $eq: 'development' } },
        targets: 'google/gemini-2.5-pro',
      },
      { name: 'fallback_route', conditions: { all: [] }, targets: 'openai/gpt-4o-mini' },
    ],
  }
  const as = (user: object): Promise<string> => servedBy(router, { extra: { user } })
  expect(await as({ tier: 'premium', request: { topic: 'support' } })).toMatch(
    /^(anthropic\/claude-4-opus|openai\/gpt-o3|google\/)/,
  )
  expect(await as({ tier: 'standard' })).toMatch(/^(mistral|anthropic\/claude-4-sonnet)/)
  expect(await as({ group_name: 'development' })).toBe('google/gemini-2.5-pro')
  expect(await as({ tier: 'premium' })).toBe('openai/gpt-4o-mini')
})

it('targets with fields of their own, and a router among them', async () => {
  const router = {
    name: 'dynamic',
    type: 'fallback',
    targets: [
      {
        router: {
          name: 'cheapest',
          type: 'percentage',
          targets: [
            { model: 'openai/gpt-4o-mini', temperature: 0.9 },
            {
              model: 'anthropic/claude-4-opus',
              messages: [{ role: 'system', content: 'Be brief.' }],
            },
          ],
          targets_percentages: [0, 100],
        },
      },
      'openai/gpt-4o',
    ],
  }
  expect(await servedBy(router)).toBe('anthropic/claude-4-opus')
})
