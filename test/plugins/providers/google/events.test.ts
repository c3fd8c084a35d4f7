import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { ChatChunk } from '../../../../core/index.ts'
import { toChatCompletion } from '../../../../plugins/providers/google/answer.ts'
import { createEventReader } from '../../../../plugins/providers/google/events.ts'
import { event, parseEvents, readExchanges } from '../exchanges.ts'
import { assemble } from './assemble.ts'

/** The longest a property may take on a busy machine. */
const PATIENCE_MS = 60_000

const MODEL = 'gemini-3.8-flash'
const streamOf = (bodies: readonly object[]): ChatChunk[] =>
  bodies.map(event).flatMap(createEventReader(MODEL))
const piece = (parts: readonly object[], fields: object = {}, index = 0): object => ({
  candidates: [{ content: { parts, role: 'model' }, index, ...fields }],
  responseId: 'r',
})
const usage = { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 }

describe('a stream', () => {
  it('has one id and one time for all its chunks, also where Google gives none', () => {
    const bodies = [
      { candidates: [{ content: { parts: [{ text: 'A' }] } }] },
      { candidates: [{ finishReason: 'STOP' }] },
    ]
    const chunks = streamOf(bodies)

    expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size).toBe(1)
  })

  it('begins with the role, also when the first event says nothing', () => {
    const [first, ...rest] = streamOf([piece([{ text: '' }]), piece([{ text: 'A' }])])

    expect(first?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
    expect(rest.map(({ choices }) => choices[0]?.delta)).toEqual([{ content: 'A' }])
  })

  it('ends with the usage, once', () => {
    const chunks = streamOf([
      { ...piece([{ text: 'A' }]), usageMetadata: usage },
      { ...piece([], { finishReason: 'STOP' }), usageMetadata: usage },
    ])

    expect(chunks.map(({ choices }) => choices.length)).toEqual([1, 1, 0])
    expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 2 })
  })

  it('gives the usage also when it came before the end, or comes after it', () => {
    const end = piece([], { finishReason: 'STOP' })

    expect(
      streamOf([{ ...piece([{ text: 'A' }]), usageMetadata: usage }, end]).at(-1)?.usage,
    ).toBeDefined()
    expect(streamOf([end, { usageMetadata: usage, responseId: 'r' }]).at(-1)?.usage).toBeDefined()
    expect(
      streamOf([{ usageMetadata: usage }, piece([{ text: 'A' }])]).at(-1)?.usage,
    ).toBeUndefined()
  })

  it('has no usage while a candidate still speaks', () => {
    const chunks = streamOf([
      { ...piece([{ text: 'A' }]), usageMetadata: usage },
      { ...piece([{ text: 'B' }], {}, 1), usageMetadata: usage },
      { ...piece([], { finishReason: 'STOP' }, 0), usageMetadata: usage },
      { ...piece([], { finishReason: 'MAX_TOKENS' }, 1), usageMetadata: usage },
    ])

    expect(chunks.filter((chunk) => chunk.usage)).toHaveLength(1)
    expect(assemble(chunks).choices.map(({ finish_reason }) => finish_reason)).toEqual([
      'stop',
      'length',
    ])
  })

  it('counts the calls of all its events', () => {
    const call = (name: string): object => ({ functionCall: { name } })
    const chunks = streamOf([
      piece([call('a'), call('b')]),
      piece([call('c')]),
      piece([{ text: '' }], { finishReason: 'STOP' }),
    ])
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])

    expect(
      deltas.map(({ index, function: called }) => [index, called?.name, called?.arguments]),
    ).toEqual([
      [0, 'a', '{}'],
      [1, 'b', '{}'],
      [2, 'c', '{}'],
    ])
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('tool_calls')
  })

  it('can be stopped by a filter after it has begun', () => {
    const chunks = streamOf([piece([{ text: 'A' }]), { promptFeedback: { blockReason: 'SAFETY' } }])

    expect(assemble(chunks).choices).toMatchObject([
      {
        message: { content: 'A', extra_content: { google: { block_reason: 'SAFETY' } } },
        finish_reason: 'content_filter',
      },
    ])
  })

  it('fails with an error in the middle of it', () => {
    const error = { code: 429, status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '2s' }] }

    expect(() => streamOf([piece([{ text: 'A' }]), { error }])).toThrow(
      expect.objectContaining({ code: 'provider_rate_limited', retryAfterMs: 2000 }),
    )
    expect(() => streamOf([{ error: { status: 'INTERNAL' } }])).toThrow(
      expect.objectContaining({ code: 'upstream_error' }),
    )
  })

  it('fails when an event is no JSON', () => {
    expect(() => createEventReader(MODEL)({ data: '{"candidates":' })).toThrow(
      expect.objectContaining({ code: 'invalid_upstream_response' }),
    )
  })
})

describe('any stream', { timeout: PATIENCE_MS }, () => {
  const streams = readExchanges('google/exchanges').filter(
    ({ upstreamStream }) => upstreamStream !== undefined,
  )

  it('comes to the same answer wherever its bytes are split', () => {
    const split = fc.constantFrom(...streams).chain(({ upstreamStream = '', chunks }) =>
      fc.record({
        text: fc.constant(upstreamStream),
        chunks: fc.constant(chunks),
        cuts: fc.uniqueArray(fc.nat(upstreamStream.length), { maxLength: 20 }),
      }),
    )
    fc.assert(
      fc.property(split, ({ text, chunks, cuts }) => {
        const edges = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        const pieces = edges.slice(1).map((end, index) => text.slice(edges[index], end))
        const [{ created }] = chunks as [ChatChunk]
        const read = parseEvents(...pieces).flatMap(createEventReader(MODEL))

        expect(read.map((chunk) => ({ ...chunk, created }))).toEqual(chunks)
      }),
    )
  })

  const text = fc.string({ unit: 'grapheme', maxLength: 8 })
  const signature = fc.option(fc.base64String({ minLength: 4 }), { nil: undefined })
  const part = fc.oneof(
    fc.record({ text, thoughtSignature: signature }),
    fc.record({ text, thought: fc.constant(true), thoughtSignature: signature }),
    fc.record({
      functionCall: fc.record({
        name: fc.constantFrom('look', 'hear'),
        args: fc.dictionary(text, fc.jsonValue()),
      }),
      thoughtSignature: signature,
    }),
    fc.constant({ inlineData: { mimeType: 'image/png', data: 'AAAA' }, thoughtSignature: 'c2ln' }),
    fc.constant({ executableCode: { language: 'PYTHON', code: 'print(1)' } }),
  )

  it('says what the whole answer says, however Google cuts it', () => {
    const cutParts = fc.array(part, { minLength: 1, maxLength: 8 }).chain((parts) =>
      fc.record({
        parts: fc.constant(parts),
        cuts: fc.array(fc.nat(parts.length), { maxLength: 4 }),
      }),
    )
    fc.assert(
      fc.property(
        cutParts,
        fc.constantFrom('STOP', 'MAX_TOKENS', 'SAFETY'),
        ({ parts, cuts }, finishReason) => {
          const edges = [0, ...cuts.toSorted((a, b) => a - b), parts.length]
          const bodies = edges.slice(1).map((end, index) => piece(parts.slice(edges[index], end)))
          const streamed = assemble(
            streamOf([...bodies, { ...piece([], { finishReason }), usageMetadata: usage }]),
          )
          const whole = toChatCompletion(
            { ...piece(parts, { finishReason }), usageMetadata: usage },
            MODEL,
          )

          expect(inOneForm(streamed)).toEqual(inOneForm(whole))
        },
      ),
      { numRuns: 300 },
    )
  })

  /** Without the time; where there are no words, a stream may have begun with empty ones. */
  function inOneForm(completion: any): unknown {
    const choices = completion.choices.map((choice: any) => ({
      ...choice,
      message: { ...choice.message, content: choice.message.content || null },
    }))
    return JSON.parse(JSON.stringify({ ...completion, created: 0, choices }))
  }
})
