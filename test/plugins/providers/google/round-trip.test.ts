import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { AnswerMessage, ChatMessage } from '../../../../core/index.ts'
import { toChatCompletion } from '../../../../plugins/providers/google/answer.ts'
import { createEventReader } from '../../../../plugins/providers/google/events.ts'
import { event } from '../exchanges.ts'
import { assemble } from './assemble.ts'
import { body, losses } from './request.ts'

/** The longest a property may take on a busy machine. */
const PATIENCE_MS = 60_000

const MODELS = ['gemini-3.8-flash', 'gemini-2.5-pro', 'gemini-2.0-flash', 'gemma-3-27b-it']
const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const args = fc.oneof(
  fc.dictionary(word, fc.jsonValue(), { maxKeys: 3 }).map((value) => JSON.stringify(value)),
  fc.constantFrom('', '{}', '[1]', 'null', '{"a":', 'not JSON'),
)
const signature = fc.base64String({ minLength: 4, maxLength: 40 })
const picture = fc.constant({ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } })
const parts = fc.array(fc.oneof(fc.record({ type: fc.constant('text'), text: word }), picture), {
  maxLength: 3,
})
const content = fc.oneof(word, parts, fc.constantFrom(null, ''))

const call = fc.record({
  id: fc.uuid(),
  type: fc.constant('function'),
  function: fc.record({ name: fc.constantFrom('look', 'hear', 'get_time'), arguments: args }),
  extra_content: fc.option(
    signature.map((thought_signature) => ({ google: { thought_signature } })),
    { nil: undefined },
  ),
})

/** What an assistant said and, if it called tools, what they answered. */
const turn = fc
  .record({
    content,
    reasoning_content: fc.option(word, { nil: undefined }),
    tool_calls: fc.array(call, { maxLength: 3 }),
    results: fc.array(content, { minLength: 3, maxLength: 3 }),
    question: content,
  })
  .map(({ results, question, tool_calls, ...assistant }): object[] => [
    { role: 'user', content: question },
    { role: 'assistant', ...assistant, ...(tool_calls.length > 0 ? { tool_calls } : {}) },
    ...tool_calls.map(({ id }, index) => ({
      role: 'tool',
      tool_call_id: id,
      content: results[index],
    })),
  ])

const conversation = fc
  .record({
    system: fc.option(word, { nil: undefined }),
    turns: fc.array(turn, { maxLength: 3 }),
    question: word,
  })
  .map(({ system, turns, question }): any[] => [
    ...(system === undefined ? [] : [{ role: 'system', content: system }]),
    ...turns.flat(),
    { role: 'user', content: question },
  ])

const textsOf = (said: any): string[] =>
  typeof said === 'string' ? [said] : (said ?? []).flatMap((part: any) => part.text ?? [])

/** All parts that go to Google, the instruction's first. */
function sentParts(sent: any): any[] {
  return [
    ...(sent.systemInstruction?.parts ?? []),
    ...sent.contents.flatMap((one: any) => one.parts),
  ]
}

describe('any conversation', { timeout: PATIENCE_MS }, () => {
  it('keeps each text, each call with its arguments, and each result in its place', () => {
    fc.assert(
      fc.property(conversation, fc.constantFrom(...MODELS), (messages, model) => {
        const sent = sentParts(body({ model, messages }))
        const calls = messages.flatMap((message) => message.tool_calls ?? [])
        const results = messages.filter(({ role }) => role === 'tool')
        const words = messages
          .filter(({ role }) => role !== 'tool')
          .flatMap((message) => textsOf(message.content))
        const sentCalls = sent.flatMap((part) => part.functionCall ?? [])
        const sentResults = sent.flatMap((part) => part.functionResponse ?? [])

        expect(sent.flatMap((part) => part.text || [])).toEqual(words.filter(Boolean))
        expect(sentCalls.map(({ id, name }) => [id, name])).toEqual(
          calls.map(({ id, function: called }) => [id, called.name]),
        )
        expect(sentCalls.map((one) => one.args)).toEqual(
          calls.map((one) => argumentsOf(one.function.arguments)),
        )
        expect(sentResults.map(({ id, response }) => [id, response.output])).toEqual(
          results.map((result) => [result.tool_call_id, textsOf(result.content).join('')]),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('alternates between the user and the model, and begins no turn without parts', () => {
    fc.assert(
      fc.property(conversation, fc.constantFrom(...MODELS), (messages, model) => {
        const { contents } = body({ model, messages })

        expect(contents.every((one: any) => one.parts.length > 0)).toBe(true)
        expect(
          contents.some((one: any, index: number) => one.role === contents[index + 1]?.role),
        ).toBe(false)
      }),
    )
  })

  it('has a signature at the first call of each turn for the third generation', () => {
    fc.assert(
      fc.property(conversation, (messages) => {
        const turns = body({ messages }).contents
        const firstCalls = turns.flatMap(
          ({ parts: all }: any) => all.find((part: any) => part.functionCall) ?? [],
        )

        expect(firstCalls.every((part: any) => part.thoughtSignature)).toBe(true)
        expect(() => losses({ messages })).not.toThrow()
      }),
    )
  })
})

/** The arguments as an object: what is none is kept under a name. */
function argumentsOf(text: string): unknown {
  if (text === '' || text === 'null') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && !Array.isArray(value) ? value : { arguments: value }
  } catch {
    return { arguments: text }
  }
}

describe('what Gemini answered', { timeout: PATIENCE_MS }, () => {
  const answerParts = fc
    .record({
      thought: fc.option(fc.record({ text: word, thought: fc.constant(true) }), { nil: undefined }),
      native: fc.constantFrom(undefined, {
        executableCode: { language: 'PYTHON', code: 'print(1)' },
      }),
      words: fc.option(
        fc.record({ text: word, thoughtSignature: fc.option(signature, { nil: undefined }) }),
        {
          nil: undefined,
        },
      ),
      image: fc.option(
        signature.map((thoughtSignature) => ({
          inlineData: { mimeType: 'image/png', data: 'AAAA' },
          thoughtSignature,
        })),
        { nil: undefined },
      ),
      calls: fc.array(
        fc.record({
          id: fc.uuid(),
          name: fc.constantFrom('look', 'hear'),
          args: fc.dictionary(word, fc.jsonValue(), { maxKeys: 2 }),
        }),
        { maxLength: 3 },
      ),
      callSignature: signature,
    })
    .map(({ thought, native, words, image, calls, callSignature }): any[] => [
      ...[thought, native, words, image].filter((part) => part !== undefined),
      ...calls.map((functionCall, index) => ({
        functionCall,
        ...(index === 0 ? { thoughtSignature: callSignature } : {}),
      })),
    ])

  /** The parts that go back: unsigned thoughts are not wanted. */
  function partsBack(message: AnswerMessage): unknown[] {
    const messages = [
      { role: 'user', content: 'Hi' },
      message as ChatMessage,
      { role: 'user', content: 'And?' },
    ]
    return body({ messages }).contents.find(({ role }: any) => role === 'model')?.parts ?? []
  }

  it('goes back part by part, its signatures to the byte', () => {
    fc.assert(
      fc.property(answerParts, (all) => {
        const candidates = [{ content: { parts: all, role: 'model' }, finishReason: 'STOP' }]
        const { choices } = toChatCompletion({ candidates, responseId: 'r' }, 'gemini-3.8-flash')
        const wanted = JSON.parse(JSON.stringify(all.filter((part) => !part.thought)))

        expect(partsBack(choices[0]!.message)).toEqual(wanted)
      }),
      { numRuns: 300 },
    )
  })

  it('goes back the same when it was streamed', () => {
    fc.assert(
      fc.property(answerParts, (all) => {
        const bodies = [
          ...all.map((part) => ({ candidates: [{ content: { parts: [part], role: 'model' } }] })),
          {
            candidates: [
              { content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP' },
            ],
          },
        ]
        const chunks = bodies
          .map((one) => event({ ...one, responseId: 'r' }))
          .flatMap(createEventReader('m'))
        const wanted = JSON.parse(JSON.stringify(all.filter((part) => !part.thought)))

        expect(partsBack(assemble(chunks).choices[0]!.message)).toEqual(wanted)
      }),
      { numRuns: 300 },
    )
  })
})
