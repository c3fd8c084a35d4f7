import fastCheck from 'fast-check'
import { describe, expect, it } from 'vitest'

import { keywords } from '#plugins/guards/keywords'

import { createWordFinder } from '../../../plugins/guards/keywords/find-words.ts'
import { threadCpuMs } from '../../helpers/cpu-time.ts'
import { asking, contentOf, masked, startGuarded } from './guarded.ts'

describe('block', () => {
  it('stops a request with a forbidden word, whatever the case of its letters', async () => {
    await using guarded = await startGuarded([keywords({ words: ['Swordfish', 'ÄRGER'] })])
    for (const text of ['the SWORDFISH swims', 'swordfishes', 'viel ärger']) {
      const answer = await guarded.ask(text)
      expect(answer.status).toBe(446)
      expect(answer.body.details.text).toBe('The text holds a forbidden word.')
      expect(answer.text.toLowerCase()).not.toContain('swordfish')
    }
    expect((await guarded.ask('a sword and a fish')).status).toBe(200)
  })

  it('finds a phrase across white space', async () => {
    await using guarded = await startGuarded([keywords({ words: ['credit card'] })])
    expect((await guarded.ask('my credit\n   card')).status).toBe(446)
    expect((await guarded.ask('my creditcard')).status).toBe(200)
  })

  it('spares words that only hold it, when asked for whole words', async () => {
    const plugin = keywords({ words: ['ass', '東京', 'c++'], wholeWord: true })
    await using guarded = await startGuarded([plugin])
    for (const text of ['class', 'assess', 'ÿass', '東京都']) {
      expect((await guarded.ask(text)).status).toBe(200)
    }
    for (const text of ['ass', 'an ass.', '„ass“', 'in 東京!', 'c++17']) {
      expect((await guarded.ask(text)).status).toBe(446)
    }
  })

  it.each([
    ['an earlier message', { messages: [user('swordfish'), user('hi')] }],
    ['the system prompt', { messages: [{ role: 'system', content: 'swordfish' }, user('hi')] }],
    ['a part of a message', { messages: [user([{ type: 'text', text: 'swordfish' }])] }],
    ['a tool call', { messages: [toolCall('{"fish":"swordfish"}'), toolResult('ok')] }],
    ['an escape', { messages: [toolCall('{"fish":"\\u0073wordfish"}'), toolResult('ok')] }],
    ['a name in a tool call', { messages: [toolCall('{"swordfish":1}'), toolResult('ok')] }],
    ['a broken tool call', { messages: [toolCall('{"swordfish'), toolResult('ok')] }],
    ['the result of a tool', { messages: [toolCall('{}'), toolResult('swordfish')] }],
    [
      'a tool definition',
      {
        messages: [user('hi')],
        tools: [{ type: 'function', function: { name: 'look', description: 'for swordfish' } }],
      },
    ],
  ])('finds the word in %s', async (_where, body) => {
    await using guarded = await startGuarded([keywords({ words: ['swordfish'] })])
    const answer = await guarded.gateway.chat({ model: 'local/echo', ...body })
    expect(answer.status).toBe(446)
    expect(guarded.heard).toHaveLength(0)
  })

  it('stops an answer with a forbidden word, streamed or not', async () => {
    await using guarded = await startGuarded(
      [keywords({ words: ['swordfish'] })],
      () => 'Swordfish!',
    )
    expect((await guarded.ask('hi')).status).toBe(446)
    expect((await guarded.ask('hi', { stream: true })).status).toBe(446)
  })
})

describe('redact', () => {
  it('covers the word before the model reads it, and in what the model says', async () => {
    await using guarded = await startGuarded(
      [keywords({ words: ['swordfish'], action: 'redact' })],
      () => 'I said SWORDFISH twice: swordfish',
    )
    const answer = await guarded.ask('a Swordfish')
    expect(guarded.heard[0]?.messages[0].content).toBe('a ***')
    expect(contentOf(answer)).toBe('I said *** twice: ***')
  })

  it('keeps the arguments of a tool call JSON, and touches nothing else in them', async () => {
    await using guarded = await startGuarded([keywords({ words: ['n', '12'], action: 'redact' })])
    const call = toolCall('{ "a": "x\\nn", "n": [1, 12, true, null] }')
    const untouched = toolCall('{ "b" : 1.0 }')
    await guarded.gateway.chat({ model: 'local/echo', messages: [call, untouched, user('hi')] })
    const [first, second] = guarded.heard[0]?.messages ?? []
    expect(JSON.parse(first.tool_calls[0].function.arguments)).toEqual({
      a: 'x\n***',
      '***': [1, '***', true, null],
    })
    expect(second.tool_calls[0].function.arguments).toBe('{ "b" : 1.0 }')
  })

  it('covers with another character when the word has the usual one', async () => {
    await using guarded = await startGuarded([keywords({ words: ['f*sh'], action: 'redact' })])
    expect(contentOf(await guarded.ask('a f*sh'))).toBe('a ███')
  })

  const letters = fastCheck.constantFrom(
    'a',
    'B',
    'é',
    'ß',
    '*',
    ' ',
    '-',
    '_',
    '1',
    '$',
    '京',
    '😀',
  )
  const word = fastCheck
    .string({ unit: letters, minLength: 1, maxLength: 4 })
    .filter((text) => text.trim() !== '')
  const text = fastCheck.string({ unit: letters, maxLength: 60 })
  const normal = (spelled: string): string => spelled.toLowerCase().trim().replaceAll(/\s+/g, ' ')

  it('never leaves a word in the text', () => {
    fastCheck.assert(
      fastCheck.property(
        fastCheck.array(word, { minLength: 1, maxLength: 5 }),
        text,
        (words, said) => {
          const left = normal(createMask(words, false)(said))
          expect(words.some((forbidden) => left.includes(normal(forbidden)))).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('changes nothing the second time, whole words or not', () => {
    fastCheck.assert(
      fastCheck.property(
        fastCheck.array(word, { minLength: 1, maxLength: 5 }),
        text,
        fastCheck.boolean(),
        (words, said, isWholeWord) => {
          const mask = createMask(words, isWholeWord)
          expect(mask(mask(said))).toBe(mask(said))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('keeps a text in which no word stands', () => {
    fastCheck.assert(
      fastCheck.property(word, text, (forbidden, said) => {
        fastCheck.pre(!normal(said).includes(normal(forbidden)))
        expect(createMask([forbidden], false)(said)).toBe(said)
      }),
    )
  })
})

describe('words of a request', () => {
  it('take the place of its own', async () => {
    await using guarded = await startGuarded([
      keywords({ id: 'bad-words', words: ['one'], apply: 'on-request' }),
    ])
    const other = asking('bad-words', { words: ['two'] })
    expect((await guarded.ask('one')).status).toBe(200)
    expect((await guarded.ask('one', { extra: { guards: ['bad-words'] } })).status).toBe(446)
    expect((await guarded.ask('one', other)).status).toBe(200)
    expect((await guarded.ask('two', other)).status).toBe(446)
  })

  it.each([
    [{ words: [] }, 'extra.guards[0].parameters.words'],
    [{ words: ['a', ' '] }, 'extra.guards[0].parameters.words[1]'],
    [{ words: ['a'.repeat(201)] }, 'extra.guards[0].parameters.words[0]'],
    [{ words: 'a' }, 'extra.guards[0].parameters.words'],
  ])('are refused when they are %j', async (parameters, param) => {
    await using guarded = await startGuarded([keywords({ words: ['x'] })])
    const answer = await guarded.ask('hi', asking('keywords', parameters))
    expect(answer.body.error).toMatchObject({ code: 'invalid_parameter', param })
  })
})

it('is done with 100,000 characters in a moment', async () => {
  const words = Array.from({ length: 1000 }, (_, index) => `${'a'.repeat(index % 199)}b${index}`)
  await using guarded = await startGuarded([keywords({ words, action: 'redact' })])
  const nearly = 'a'.repeat(100_000)
  for (const text of [nearly, 'a '.repeat(50_000), 'ab'.repeat(50_000)]) {
    const startedMs = threadCpuMs()
    expect((await guarded.ask(text)).status).toBe(200)
    expect(threadCpuMs() - startedMs).toBeLessThan(10_000)
  }
})

/** Covers the words in a text. */
function createMask(words: readonly string[], isWholeWord: boolean): (text: string) => string {
  const { find } = createWordFinder(words, isWholeWord)
  return (said) => masked(said, find(said, 0))
}

function user(content: unknown): object {
  return { role: 'user', content }
}

function toolCall(json: string): object {
  const called = { name: 'look', arguments: json }
  const calls = [{ id: 'call_1', type: 'function', function: called }]
  return { role: 'assistant', content: null, tool_calls: calls }
}

function toolResult(content: string): object {
  return { role: 'tool', tool_call_id: 'call_1', content }
}
