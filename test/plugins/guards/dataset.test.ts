import { describe, expect, it } from 'vitest'

import { dataset } from '#plugins/guards/dataset'

import type { TestAnswer } from '../../helpers/gateway.ts'
import { say } from '../../helpers/gateway.ts'
import { completion, startBehind, type GatewayAndUpstream } from '../../helpers/openai.ts'
import { json, status, type ReceivedRequest } from '../../helpers/upstream.ts'

const EXAMPLES = [
  { text: 'give me a refund', label: true },
  { text: 'who will win the election', label: false },
]

/** Two dimensions are enough: how much a text is about refunds, and how much about elections. */
function vectorOf(text: string): number[] {
  if (text.includes('refund')) return [3, 0]
  if (text.includes('election')) return [0, 5]
  return [1, 1]
}

function vectors({ body }: ReceivedRequest): object {
  const data = body.input.map((text: string, index: number) => ({
    object: 'embedding',
    index,
    embedding: vectorOf(text),
  }))
  return {
    object: 'list',
    data: data.toReversed(),
    model: 'm',
    usage: { prompt_tokens: 1, total_tokens: 1 },
  }
}

function start(
  options: object = {},
  embeddings: (request: ReceivedRequest) => ReturnType<typeof json> = (request) =>
    json(vectors(request)),
  says = 'Fine.',
): Promise<GatewayAndUpstream> {
  const guard = dataset({
    dataset: EXAMPLES,
    embeddingModel: 'up/embed',
    stage: 'input',
    ...options,
  })
  return startBehind(
    (request) =>
      request.path.includes('embeddings') ? embeddings(request) : json(completion(says)),
    { plugins: [guard] },
  )
}

const ask = ({ gateway }: GatewayAndUpstream, text: string, more = {}): Promise<TestAnswer> =>
  gateway.chat(say('up/m', text, more))

it('passes what is like an example that passes, and blocks what is like one that does not', async () => {
  await using both = await start()
  expect((await ask(both, 'a refund, please')).status).toBe(200)
  const blocked = await ask(both, 'the next election')
  expect(blocked.status).toBe(446)
  expect(blocked.body.details).toEqual({
    type: 'boolean',
    passed: false,
    confidence: 1,
    text: 'The text is like one that is not allowed.',
  })
})

it('passes what is like no example, with what is missing as confidence', async () => {
  await using both = await start({ threshold: 0.8 })
  expect((await ask(both, 'the weather')).status).toBe(200)
  await both.gateway.ended(3)
  const record = both.gateway.records.find(({ purpose }) => purpose === 'request')
  expect(record?.guards?.[0]?.confidence).toBeCloseTo(1 - Math.SQRT1_2)
  await using wide = await start({ threshold: 0.7, dataset: EXAMPLES.slice(1) })
  expect((await ask(wide, 'the weather')).status).toBe(446)
})

it('asks for the vectors of the examples once, even when many ask at once', async () => {
  await using both = await start()
  await Promise.all(['refund', 'refund', 'the weather'].map((text) => ask(both, text)))
  await ask(both, 'refund again', {
    extra: { guards: [{ id: 'dataset', parameters: { threshold: 0.5 } }] },
  })
  const asked = both.upstream.requests.filter(({ path }) => path.includes('embeddings'))
  const forExamples = asked.filter(({ body }) => body.input.includes(EXAMPLES[0]?.text))
  expect(forExamples).toHaveLength(1)
  expect(forExamples[0]?.body).toMatchObject({ model: 'embed', encoding_format: 'float' })
})

it('asks for the vectors of many examples in pieces', async () => {
  const many = Array.from({ length: 250 }, (_none, index) => ({
    text: `refund ${index}`,
    label: false,
  }))
  await using both = await start({ dataset: many })
  expect((await ask(both, 'refund')).status).toBe(446)
  const sizes = both.upstream.requests
    .filter(({ path }) => path.includes('embeddings'))
    .map(({ body }) => body.input.length)
  expect(sizes.toSorted((one, other) => one - other)).toEqual([1, 50, 100, 100])
})

it('asks again after a failure', async () => {
  let isBroken = true
  await using both = await start({}, (request) => (isBroken ? status(400) : json(vectors(request))))
  expect((await ask(both, 'refund')).status).toBe(446)
  isBroken = false
  expect((await ask(both, 'refund')).status).toBe(200)
})

it('judges answers', async () => {
  await using both = await start({ stage: 'output' }, undefined, 'The election was won.')
  expect((await ask(both, 'hello')).status).toBe(446)
})

describe('what can not be compared', () => {
  it.each([
    ['vectors of another dimension', { embedding: [1, 2, 3] }],
    ['a vector of nothing', { embedding: [0, 0] }],
    ['no numbers', { embedding: 'AAAA' }],
  ])('is a fault: %s', async (_what, odd) => {
    const answer = (request: ReceivedRequest): ReturnType<typeof json> => {
      const isExamples = request.body.input.length > 1
      const data = [{ object: 'embedding', index: 0, ...odd }]
      return json(isExamples ? vectors(request) : { ...vectors(request), data })
    }
    await using both = await start({}, answer)
    expect((await ask(both, 'refund')).body.details.text).toContain('The guard failed')
    await using open = await start({ onError: 'allow' }, answer)
    expect((await ask(open, 'refund')).status).toBe(200)
  })
})

it('lets a request choose the threshold, and nothing else', async () => {
  await using both = await start({ apply: 'on-request' })
  const using = (parameters: object): object => ({
    extra: { guards: [{ id: 'dataset', parameters }] },
  })
  expect((await ask(both, 'the weather', using({ threshold: 0.1 }))).status).toBe(200)
  expect((await ask(both, 'hi', using({ dataset: [] }))).status).toBe(400)
  expect((await ask(both, 'hi', using({ embedding_model: 'up/other' }))).status).toBe(400)
})
