import { describe, expect, it } from 'vitest'

import { toCompletion } from '../../../../plugins/providers/anthropic/answer.ts'

const call = { model: 'claude-opus-5' }
const completion = (body: object): any => toCompletion({ content: [], ...body }, call)

describe('an answer', () => {
  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['tool_use', 'stop'],
    ['something_new', 'stop'],
    [null, 'stop'],
  ])('that stopped for %s has the finish reason %s', (stop_reason, reason) => {
    expect(completion({ stop_reason }).choices[0].finish_reason).toBe(reason)
  })

  it('with calls of the caller’s tools has the finish reason tool_calls', () => {
    const content = [{ type: 'tool_use', id: 'a', name: 'look', input: { at: 1 } }]

    expect(completion({ content, stop_reason: 'tool_use' }).choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null, tool_calls: [{ id: 'a', function: { arguments: '{"at":1}' } }] },
    })
  })

  it('has no content when the model wrote none', () => {
    expect(completion({}).choices[0].message).toEqual({ role: 'assistant', content: null })
  })

  it('has the words of several thoughts apart', () => {
    const content = ['One.', '', 'Two.'].map((thinking) => ({
      type: 'thinking',
      thinking,
      signature: 's',
    }))

    expect(completion({ content }).choices[0].message.reasoning_content).toBe('One.\n\nTwo.')
  })

  it('counts cached and written tokens as parts of the prompt', () => {
    const usage = {
      input_tokens: 10,
      cache_read_input_tokens: 200,
      cache_creation_input_tokens: 30,
      output_tokens: 7,
      output_tokens_details: { thinking_tokens: 5 },
    }

    expect(completion({ usage }).usage).toEqual({
      prompt_tokens: 240,
      completion_tokens: 7,
      total_tokens: 247,
      prompt_tokens_details: { cached_tokens: 200, cache_creation_tokens: 30 },
      completion_tokens_details: { reasoning_tokens: 5 },
    })
  })

  it.each([null, 'text', 7, [], {}, { content: 'text' }])('is none when it is %j', (body) => {
    expect(() => toCompletion(body, call)).toThrow(
      expect.objectContaining({ code: 'invalid_upstream_response', status: 502 }),
    )
  })

  it('can be an error in disguise', () => {
    const error = { type: 'overloaded_error', message: 'Overloaded' }

    expect(() => toCompletion({ type: 'error', error }, call)).toThrow(
      expect.objectContaining({ code: 'upstream_error' }),
    )
  })
})
