import { describe, expect, it } from 'vitest'

import { createEventDecoder } from '../../../../plugins/providers/anthropic/events.ts'
import { event, parseEvents, readExchanges } from '../exchanges.ts'

const decode = (...events: object[]): any[] =>
  events.map(event).flatMap(createEventDecoder({ model: 'claude-opus-5' }))
const deltas = (...events: object[]): any[] =>
  decode(...events).map((chunk) => chunk.choices[0]?.delta)
const block = (content_block: object, ...pieces: object[]): object[] => [
  { type: 'content_block_start', index: 0, content_block },
  ...pieces.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
  { type: 'content_block_stop', index: 0 },
]

describe('a stream', () => {
  it.each(readExchanges('anthropic').filter(({ upstreamStream }) => upstreamStream !== undefined))(
    'of "$name" has one id and time, one role first, one reason and the usage last',
    ({ request, upstreamStream = '' }) => {
      const chunks = parseEvents(upstreamStream).flatMap(createEventDecoder(request))
      const reasons = chunks.filter(({ choices }) => choices[0]?.finish_reason)

      expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size).toBe(1)
      expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' })
      expect(reasons).toHaveLength(1)
      expect(chunks.at(-1)).toMatchObject({
        choices: [],
        usage: { prompt_tokens: expect.any(Number) },
      })
      expect(chunks.at(-2)).toBe(reasons[0])
    },
  )

  it('passes over pings and what it does not know', () => {
    expect(decode({ type: 'ping' }, { type: 'brand_new' })).toEqual([])
    expect(createEventDecoder({ model: 'm' })({ data: '[DONE]' })).toEqual([])
    expect(decode({ type: 'content_block_delta', delta: { text: 'Nowhere.' } })).toEqual([])
  })

  it('takes later counts for the earlier ones, and never adds them', () => {
    const start = { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 }
    const later = { input_tokens: 10, cache_read_input_tokens: null, output_tokens: 4 }
    const last = { output_tokens: 9 }
    const [, , usage] = decode(
      { type: 'message_start', message: { id: 'm', usage: start } },
      { type: 'message_delta', delta: { stop_reason: null }, usage: later },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: last },
      { type: 'message_stop' },
    )

    expect(usage.usage).toMatchObject({
      prompt_tokens: 15,
      completion_tokens: 9,
      prompt_tokens_details: { cached_tokens: 5 },
    })
  })

  it('gives a call without arguments an empty object', () => {
    const calls = deltas(...block({ type: 'tool_use', id: 'a', name: 'look', input: {} }))

    expect(calls.map(({ tool_calls }) => tool_calls[0].function.arguments)).toEqual(['', '{}'])
  })

  it('takes the input of a call whole when it is not streamed', () => {
    const tool = { type: 'tool_use', id: 'a', name: 'look', input: { at: 1 } }
    const [, whole] = deltas(...block(tool))

    expect(whole.tool_calls[0].function.arguments).toBe('{"at":1}')
  })

  it('gives the number of a call, not of its block', () => {
    const [, , call] = deltas(
      ...block({ type: 'text', text: '' }, { type: 'text_delta', text: 'A' }),
      ...block({ type: 'tool_use', id: 'a', name: 'look' }),
      ...block({ type: 'tool_use', id: 'b', name: 'look' }),
    ).filter((delta) => !delta.tool_calls?.[0].function.arguments)

    expect(call.tool_calls[0]).toMatchObject({ index: 1, id: 'b' })
  })

  it('keeps a signature without words', () => {
    const signed = { type: 'signature_delta', signature: 'c2ln' }

    const thought = block({ type: 'thinking', thinking: '', signature: '' }, signed)

    expect(deltas(...thought, { type: 'message_stop' })[0]).toEqual({
      reasoning_details: [
        {
          type: 'reasoning.text',
          text: '',
          signature: 'c2ln',
          format: 'anthropic-claude-v1',
          index: 0,
        },
      ],
    })
  })

  it.each([
    ['overloaded_error', 'upstream_error', 502],
    ['api_error', 'upstream_error', 502],
    ['rate_limit_error', 'provider_rate_limited', 429],
  ])('ends with an error when the upstream says %s', (type, code, status) => {
    const error = { type, message: 'Not for the caller’s eyes.' }

    expect(() => decode({ type: 'error', error })).toThrow(
      expect.objectContaining({ code, status, message: expect.not.stringContaining('eyes') }),
    )
  })

  it('ends with an error when the upstream sends something else', () => {
    const decoder = createEventDecoder({ model: 'm' })

    expect(() => decoder({ data: '<html>' })).toThrow(
      expect.objectContaining({ code: 'invalid_upstream_response' }),
    )
    expect(() => decode({ type: 'error' })).toThrow(
      expect.objectContaining({ code: 'upstream_error' }),
    )
  })
})
