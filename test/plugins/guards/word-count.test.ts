import { expect, it } from 'vitest'

import { SetupError } from '#core'
import { wordCount } from '#plugins/guards/word-count'

import { threadCpuMs } from '../../helpers/cpu-time.ts'
import { choice } from '../local-provider.ts'
import { asking, startGuarded } from './guarded.ts'

it('blocks a message of too few words with 446, in both forms of the error', async () => {
  await using guarded = await startGuarded([wordCount({ minWords: 3, maxWords: 5 })])
  const answer = await guarded.ask('two words')
  expect(answer.status).toBe(446)
  expect(answer.body).toMatchObject({
    error: { type: 'guardrail_error', code: 'guardrail_blocked' },
    message: "Guard 'word-count' not passed",
    guard_id: 'word-count',
    details: {
      type: 'boolean',
      passed: false,
      confidence: 1,
      text: 'The text has 2 words; at least 3 are needed.',
    },
  })
  expect(guarded.heard).toHaveLength(0)
})

it('lets as many words pass as the limits name, both included', async () => {
  await using guarded = await startGuarded([wordCount({ minWords: 3, maxWords: 5 })])
  expect((await guarded.ask('one two three')).status).toBe(200)
  expect((await guarded.ask('one two three four five')).status).toBe(200)
  const answer = await guarded.ask('one two three four five six')
  expect(answer.body.details.text).toBe('The text has 6 words; at most 5 are allowed.')
})

it('needs 10 words and allows 500 when nothing else is said, as LangDB does', async () => {
  await using guarded = await startGuarded([wordCount()])
  expect((await guarded.ask('word '.repeat(9))).status).toBe(446)
  expect((await guarded.ask('word '.repeat(10))).status).toBe(200)
  expect((await guarded.ask('word '.repeat(500))).status).toBe(200)
  expect((await guarded.ask('word '.repeat(501))).status).toBe(446)
})

it('counts between white space, or runs of letters and digits', async () => {
  await using guarded = await startGuarded([
    wordCount({ id: 'split', minWords: 2, maxWords: 2, apply: 'on-request' }),
    wordCount({ id: 'regex', minWords: 4, maxWords: 4, countMethod: 'regex', apply: 'on-request' }),
  ])
  const text = 'naïve-café 東京,x'
  expect((await guarded.ask(text, { extra: { guards: ['split'] } })).status).toBe(200)
  expect((await guarded.ask(text, { extra: { guards: ['regex'] } })).status).toBe(200)
})

it('judges the last message only, with all of its parts', async () => {
  await using guarded = await startGuarded([wordCount({ minWords: 3, maxWords: 3 })])
  const answer = await guarded.gateway.chat({
    model: 'local/echo',
    messages: [
      { role: 'user', content: 'far too many words stand in here' },
      { role: 'assistant', content: 'oh' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one two' },
          { type: 'text', text: 'three' },
        ],
      },
    ],
  })
  expect(answer.status).toBe(200)
})

it('has nothing to say about a message without text', async () => {
  await using guarded = await startGuarded([wordCount()])
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'user', content: [image] },
  ]
  expect((await guarded.gateway.chat({ model: 'local/echo', messages })).status).toBe(200)
})

it('judges each choice of an answer, and not one that only calls tools', async () => {
  const call = {
    id: 'call_1',
    type: 'function' as const,
    function: { name: 'look', arguments: '{}' },
  }
  const answers = {
    tool: [
      {
        index: 0,
        message: { role: 'assistant' as const, content: null, tool_calls: [call] },
        finish_reason: 'tool_calls' as const,
      },
    ],
    good: [choice('one two'), choice('three four', 1)],
    bad: [choice('one two'), choice('three', 1)],
    empty: [
      {
        index: 0,
        message: { role: 'assistant' as const, content: null },
        finish_reason: 'stop' as const,
      },
    ],
  }
  await using guarded = await startGuarded(
    [wordCount({ stage: 'output', minWords: 2, maxWords: 2 })],
    ({ messages }) => answers[messages[0]?.content as keyof typeof answers],
  )
  expect((await guarded.ask('tool')).status).toBe(200)
  expect((await guarded.ask('good')).status).toBe(200)
  expect((await guarded.ask('bad')).body.error.details.stage).toBe('output')
  expect((await guarded.ask('empty')).status).toBe(446)
})

it('applies the parameters of a request over its own', async () => {
  await using guarded = await startGuarded([
    wordCount({ maxWords: 3, minWords: 2, apply: 'on-request' }),
  ])
  const lower = asking('word-count', { min_words: 1 })
  expect((await guarded.ask('one', lower)).status).toBe(200)
  expect((await guarded.ask('one two three four', lower)).status).toBe(446)
})

it.each([
  [{ min_words: '1' }, 'extra.guards[0].parameters.min_words', 'must be integer'],
  [{ count_method: 'splt' }, 'extra.guards[0].parameters.count_method', 'did you mean "split"?'],
  [{ minimum: 1 }, 'extra.guards[0].parameters.minimum', 'is not known'],
  [{ max_words: 2 }, 'extra.guards[0].parameters.min_words', 'must not be greater than'],
])('refuses the parameters %j and says where', async (parameters, param, message) => {
  await using guarded = await startGuarded([wordCount({ apply: 'on-request' })])
  const answer = await guarded.ask('one', asking('word-count', parameters))
  expect(answer.status).toBe(400)
  expect(answer.body.error).toMatchObject({ code: 'invalid_parameter', param })
  expect(answer.body.error.message).toContain(message)
})

it('does not start with limits that no text can keep', async () => {
  await expect(startGuarded([wordCount({ minWords: 5, maxWords: 4 })])).rejects.toThrow(SetupError)
  await expect(startGuarded([wordCount({ minWords: 5, maxWords: 4 })])).rejects.toThrow(
    'The guard "word-count" can not work: "minWords" must not be greater',
  )
})

it('is done with 100,000 characters in a moment', async () => {
  await using guarded = await startGuarded([wordCount({ countMethod: 'regex' })])
  for (const text of ['a'.repeat(100_000), 'a '.repeat(50_000), '-'.repeat(100_000)]) {
    const startedMs = threadCpuMs()
    expect((await guarded.ask(text)).status).toBe(446)
    expect(threadCpuMs() - startedMs).toBeLessThan(2000)
  }
})

it('that is always on keeps its own rule, whatever a request asks for', async () => {
  await using guarded = await startGuarded([wordCount({ minWords: 2, maxWords: 3 })])
  expect((await guarded.ask('one', asking('word-count', { min_words: 1 }))).status).toBe(446)
  expect((await guarded.ask('one two three', asking('word-count', { max_words: 2 }))).status).toBe(
    446,
  )
  expect((await guarded.ask('one two', asking('word-count', { max_words: 2 }))).status).toBe(200)
})
