import { describe, expect, it } from 'vitest'

import { GatewayError, type ChatChoice, type ChatCompletion } from '../../../../core/index.ts'
import { toChatCompletion } from '../../../../plugins/providers/google/answer.ts'

const answerTo = (body: unknown): ChatCompletion => toChatCompletion(body, 'gemini-3.8-flash')
const candidate = (parts: readonly object[], fields: object = {}): object => ({
  content: { parts, role: 'model' },
  finishReason: 'STOP',
  ...fields,
})
const choiceOf = (parts: readonly object[], fields?: object): ChatChoice =>
  answerTo({ candidates: [candidate(parts, fields)], responseId: 'r' }).choices[0]!
const fault = (body: unknown): GatewayError => {
  try {
    answerTo(body)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('The answer was not refused.')
}

describe('the reason to stop', () => {
  const reason = (finishReason: string | undefined, parts: readonly object[] = []): string =>
    choiceOf(parts, { finishReason }).finish_reason
  const call = { functionCall: { name: 'look', args: {} } }

  it.each(['MAX_TOKENS', 'CONTINUATION'])('%s means that it was cut short', (name) => {
    expect(reason(name)).toBe('length')
    expect(reason(name, [call])).toBe('length')
  })

  it.each([
    'SAFETY',
    'RECITATION',
    'PROHIBITED_CONTENT',
    'BLOCKLIST',
    'SPII',
    'IMAGE_SAFETY',
    'IMAGE_PROHIBITED_CONTENT',
    'IMAGE_RECITATION',
  ])('%s means that it was filtered', (name) => {
    expect(reason(name)).toBe('content_filter')
  })

  it.each(['STOP', 'MALFORMED_FUNCTION_CALL', 'LANGUAGE', 'OTHER', 'SOMETHING_NEW', undefined])(
    '%s means that it ended, with tool calls or without',
    (name) => {
      expect(reason(name)).toBe('stop')
      expect(reason(name, [call])).toBe('tool_calls')
    },
  )

  it('is told in the words of Gemini where those of OpenAI are vaguer', () => {
    const message = 'The call was not valid.'
    const { extra_content } = choiceOf([], {
      finishReason: 'MALFORMED_FUNCTION_CALL',
      finishMessage: message,
    }).message

    expect(extra_content).toEqual({
      google: { finish_reason: 'MALFORMED_FUNCTION_CALL', finish_message: message },
    })
    expect(
      choiceOf([], { finishMessage: 'Model generated function call(s).' }).message,
    ).not.toHaveProperty('extra_content')
  })
})

describe('tool calls', () => {
  const calls = (parts: readonly object[], responseId = 'r'): any[] =>
    answerTo({ candidates: [candidate(parts)], responseId }).choices[0]!.message.tool_calls ?? []
  const look = { functionCall: { name: 'look', args: { at: 1 } } }

  it('without an id always get the same one', () => {
    const [first, second] = calls([look, look])

    expect(first.id).toMatch(/^call_[0-9a-f]{24}$/)
    expect(second.id).not.toBe(first.id)
    expect(calls([look, look])).toEqual([first, second])
    expect(calls([look], 'another')[0].id).not.toBe(first.id)
  })

  it('without arguments have empty ones', () => {
    expect(calls([{ functionCall: { name: 'look' } }])[0].function).toEqual({
      name: 'look',
      arguments: '{}',
    })
  })

  it('without a name are none', () => {
    expect(calls([{ functionCall: {} }])).toEqual([])
  })

  it('leave no content, words beside them do', () => {
    expect(choiceOf([look]).message.content).toBeNull()
    expect(choiceOf([{ text: 'See.' }, look]).message.content).toBe('See.')
  })

  it('of the function that carries the answer are the answer', () => {
    const parts = [
      { functionCall: { name: 'tapgate_json_answer', args: { a: 'b' } }, thoughtSignature: 'c2ln' },
    ]
    const { message, finish_reason } = choiceOf(parts)

    expect(message).toEqual({ role: 'assistant', content: '{"a":"b"}', refusal: null })
    expect(finish_reason).toBe('stop')
  })
})

describe('an answer', () => {
  it('without words is an empty text', () => {
    expect(choiceOf([], { content: undefined, finishReason: 'MAX_TOKENS' }).message.content).toBe(
      '',
    )
    expect(choiceOf([], { content: { role: 'model' } }).message.content).toBe('')
  })

  it('keeps thoughts apart from words', () => {
    const parts = [
      { text: 'Hm', thought: true },
      { text: 'A' },
      { text: '.', thought: true },
      { text: 'B' },
    ]

    expect(choiceOf(parts).message).toMatchObject({ content: 'AB', reasoning_content: 'Hm.' })
  })

  it('keeps a signed thought as it is', () => {
    const parts = [{ text: 'Hm', thought: true, thoughtSignature: 'c2ln' }]

    expect(choiceOf(parts).message.reasoning_details).toEqual([
      {
        type: 'reasoning.text',
        text: 'Hm',
        signature: 'c2ln',
        format: 'google-gemini-v1',
        index: 0,
      },
    ])
  })

  it('has the id of Google, or one of its own', () => {
    expect(answerTo({ candidates: [candidate([])], responseId: 'r' }).id).toBe('r')
    expect(answerTo({ candidates: [candidate([])] }).id).toMatch(/^chatcmpl-[0-9a-f-]{36}$/)
  })

  it('names the model that answered', () => {
    expect(
      answerTo({ candidates: [candidate([])], modelVersion: 'gemini-3.8-flash-001' }).model,
    ).toBe('gemini-3.8-flash-001')
    expect(answerTo({ candidates: [candidate([])] }).model).toBe('gemini-3.8-flash')
  })

  it('that is none is refused', () => {
    for (const body of [null, 'text', [], {}, { candidates: [] }, { promptFeedback: {} }]) {
      expect(fault(body)).toMatchObject({ code: 'invalid_upstream_response' })
    }
  })

  it('that is an error is one', () => {
    const status = (fields: object): GatewayError => fault({ error: fields })

    expect(status({ code: 503, status: 'UNAVAILABLE', message: 'secret words' })).toMatchObject({
      code: 'upstream_error',
      message: 'Google failed with UNAVAILABLE.',
    })
    expect(
      status({
        status: 'RESOURCE_EXHAUSTED',
        details: [
          { '@type': 'type.googleapis.com/google.rpc.QuotaFailure' },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '34.4s' },
        ],
      }),
    ).toMatchObject({ code: 'provider_rate_limited', retryAfterMs: 34_400 })
    expect(status({ status: 'INVALID_ARGUMENT' })).toMatchObject({ code: 'upstream_rejected' })
    expect(
      status({ status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID' }] }),
    ).toMatchObject({ code: 'provider_authentication_error' })
    expect(status({})).toMatchObject({ code: 'upstream_error' })
  })
})
