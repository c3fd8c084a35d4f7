import { describe, expect, it } from 'vitest'

import { GatewayError, type ChatMessage, type ChatRequest } from '../../../../core/index.ts'
import {
  degradedFields,
  toMessagesRequest,
} from '../../../../plugins/providers/anthropic/request.ts'

const request = (messages: readonly unknown[], model = 'claude-sonnet-4-5'): ChatRequest => ({
  model,
  messages: messages as ChatMessage[],
})
const body = (messages: readonly unknown[], model?: string): any => {
  const asked = request(messages, model)
  return toMessagesRequest(asked, { model: asked.model, stream: false })
}
const fault = (...messages: unknown[]): GatewayError => {
  try {
    body(messages)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('The messages were not refused.')
}
const text = (words: string): object => ({ type: 'text', text: words })
const call = (id: string, args = '{}'): object => ({
  id,
  type: 'function',
  function: { name: 'look', arguments: args },
})
const hello = { role: 'user', content: 'Hello.' }

describe('system messages', () => {
  it('go to the top, in order, with their cache points', () => {
    const cached = { ...text('Two.'), cache_control: { type: 'ephemeral' } }
    const messages = [
      { role: 'system', content: 'One.' },
      { role: 'developer', content: [cached] },
      hello,
    ]

    expect(body(messages).system).toEqual([text('One.'), cached])
    expect(degradedFields(request(messages))).toEqual([])
  })

  it('go to the top from between the others, which is named', () => {
    const messages = [
      hello,
      { role: 'system', content: 'Later.' },
      { role: 'user', content: 'So?' },
    ]

    expect(body(messages)).toMatchObject({
      system: [text('Later.')],
      messages: [{ role: 'user', content: [text('Hello.'), text('So?')] }],
    })
    expect(degradedFields(request(messages))).toEqual(['messages.system'])
  })

  it('stay behind their user’s turn where the model takes that', () => {
    const messages = [
      hello,
      { role: 'developer', content: 'Later.' },
      { role: 'user', content: 'So?' },
      { role: 'assistant', content: 'Well.' },
      { role: 'user', content: 'Go on.' },
      { role: 'system', content: 'Last.' },
    ]

    expect(body(messages, 'claude-opus-5').messages.map(({ role }: any) => role)).toEqual([
      'user',
      'system',
      'assistant',
      'user',
      'system',
    ])
    expect(degradedFields(request(messages, 'claude-opus-5'))).toEqual([])
  })

  it('go to the top when no user’s turn is before them', () => {
    const messages = [
      hello,
      { role: 'assistant', content: 'Well.' },
      { role: 'system', content: 'Later.' },
    ]

    expect(body(messages, 'claude-opus-5').system).toEqual([text('Later.')])
  })

  it('are the user’s turn when there is nothing else', () => {
    const messages = [{ role: 'system', content: 'Tell a joke.' }]

    expect(body(messages)).toMatchObject({
      messages: [{ role: 'user', content: [text('Tell a joke.')] }],
    })
    expect(body(messages)).not.toHaveProperty('system')
  })
})

describe('turns', () => {
  it('hold all messages of one role in a row', () => {
    const messages = [
      hello,
      { role: 'user', content: [text('Hi.')] },
      { role: 'assistant', content: 'A' },
      { role: 'assistant', content: null, refusal: 'No.' },
    ]

    expect(body(messages).messages).toEqual([
      { role: 'user', content: [text('Hello.'), text('Hi.')] },
      { role: 'assistant', content: [text('A'), text('No.')] },
    ])
  })

  it('leave out what is blank', () => {
    const messages = [
      { role: 'user', content: '' },
      { role: 'assistant', content: ' \n' },
      { role: 'user', content: [text(''), text('Hello.')] },
    ]

    expect(body(messages).messages).toEqual([{ role: 'user', content: [text('Hello.')] }])
  })

  it('must not all be blank', () => {
    expect(fault({ role: 'user', content: '' })).toMatchObject({ status: 400, param: 'messages' })
  })

  it('pass blocks of Anthropic’s own on as they are', () => {
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }
    const found = { type: 'web_search_tool_result', tool_use_id: 's1', content: [] }
    const messages = [hello, { role: 'assistant', content: [thinking, found, text('So.')] }]

    expect(body(messages).messages[1].content).toEqual([thinking, found, text('So.')])
  })
})

describe('tool calls', () => {
  it('get their results at the beginning of the next turn, in one', () => {
    const messages = [
      hello,
      { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] },
      { role: 'user', content: 'Wait.' },
      { role: 'tool', tool_call_id: 'b', content: 'B' },
      { role: 'tool', tool_call_id: 'a', content: [text('A')] },
    ]

    expect(body(messages).messages[2]).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'b', content: 'B' },
        { type: 'tool_result', tool_use_id: 'a', content: [text('A')] },
        text('Wait.'),
      ],
    })
  })

  it.each(['', '  ', 'null', '[1]', '{"a":', 'Bern'])(
    'with the arguments %j never break the request',
    (written) => {
      const messages = [
        hello,
        { role: 'assistant', tool_calls: [call('a', written)] },
        { role: 'tool', tool_call_id: 'a', content: null },
      ]
      const isBlank = written.trim() === ''

      expect(body(messages).messages[1].content[0].input).toEqual(
        isBlank ? {} : { arguments: written },
      )
      expect(degradedFields(request(messages))).toEqual(
        isBlank ? [] : ['messages.tool_calls.function.arguments'],
      )
    },
  )

  it('have ids that Anthropic accepts, the same in call and result', () => {
    const messages = [
      hello,
      { role: 'assistant', tool_calls: [call('functions.look:0')] },
      { role: 'tool', tool_call_id: 'functions.look:0', content: 'x' },
    ]
    const [, asked, answered] = body(messages).messages

    expect(asked.content[0].id).toBe('functions_look_0')
    expect(answered.content[0].tool_use_id).toBe('functions_look_0')
  })

  it('must come before their results', () => {
    expect(fault(hello, { role: 'tool', tool_call_id: 'x', content: 'X' })).toMatchObject({
      code: 'invalid_parameter',
      param: 'messages[1].tool_call_id',
    })
    expect(fault(hello, { role: 'tool', content: 'X' }).status).toBe(400)
  })

  it('must all have a result before the next turn', () => {
    const asked = { role: 'assistant', content: 'Hm.', tool_calls: [call('a'), call('b')] }
    const result = { role: 'tool', tool_call_id: 'a', content: 'A' }

    expect(fault(hello, asked, result).message).toContain('"b"')
    expect(fault(hello, asked, result, { role: 'assistant', content: 'So.' }).param).toBe(
      'messages[3]',
    )
  })
})

describe('content', () => {
  const user = (part: unknown): object => ({ role: 'user', content: [part] })
  const image = (url: unknown): object => user({ type: 'image_url', image_url: { url } })

  it.each([
    ['a broken data URL', image('data:image/png;base64')],
    ['a data URL without a type', image('data:;base64,AAAA')],
    ['a data URL without data', image('data:image/png;base64,')],
    ['a data URL that is not Base64', image('data:image/svg+xml,<svg/>')],
    ['an image of another kind', image('data:image/tiff;base64,AAAA')],
    ['an image without an address', image(undefined)],
    ['a text without words', user({ type: 'text' })],
    ['a file without data', user({ type: 'file', file: { filename: 'a.pdf' } })],
    ['a file of another kind', user({ type: 'file', file: { file_data: 'data:a/b;base64,AAAA' } })],
    ['a part of an unknown type', user({ type: 'video_url', video_url: {} })],
    ['a part that is none', user(null)],
    ['content that is none', { role: 'user', content: 7 }],
    ['sound', user({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } })],
    ['an unknown role', { role: 'robot', content: 'Beep.' }],
  ])('is refused with 400 when it is %s', (_, message) => {
    const { status, param } = fault(message)

    expect(status).toBe(400)
    expect(param).toMatch(/^messages\[0\]/)
  })

  it('can be an image at an address, or a document', () => {
    const pdf = { type: 'file', file: { file_data: 'https://example.com/a.pdf' } }
    const png = { type: 'file', file: { file_data: 'data:image/png;base64,AAAA' } }
    const messages = [
      { role: 'user', content: [{ type: 'image_url', image_url: 'https://a.b' }, pdf, png] },
    ]

    expect(body(messages).messages[0].content).toEqual([
      { type: 'image', source: { type: 'url', url: 'https://a.b' } },
      { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
    ])
  })
})
