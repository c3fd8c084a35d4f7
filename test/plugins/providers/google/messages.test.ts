import { describe, expect, it } from 'vitest'

import { body, losses, refusal } from './request.ts'

const user = (content: unknown): object => ({ role: 'user', content })
const call = (id: string, args = '{}', name = 'look'): object => ({
  id,
  type: 'function',
  function: { name, arguments: args },
})
const contents = (...messages: object[]): any => body({ messages }).contents

describe('system messages', () => {
  it('become one instruction, in order', () => {
    const messages = [
      { role: 'system', content: 'One.' },
      { role: 'developer', content: [{ type: 'text', text: 'Two.' }] },
      user('Hello.'),
    ]

    expect(body({ messages }).systemInstruction).toEqual({
      parts: [{ text: 'One.' }, { text: 'Two.' }],
    })
    expect(losses({ messages })).toEqual([])
  })

  it('are named when they stand inside the conversation', () => {
    const messages = [user('Hello.'), { role: 'system', content: 'Be brief.' }]

    expect(body({ messages }).systemInstruction).toEqual({ parts: [{ text: 'Be brief.' }] })
    expect(losses({ messages })).toEqual(['system'])
  })

  it('may stand alone: the turn of the user is then empty', () => {
    const messages = [{ role: 'system', content: 'Greet me.' }]

    expect(body({ messages })).toMatchObject({
      contents: [{ role: 'user', parts: [{ text: '' }] }],
      systemInstruction: { parts: [{ text: 'Greet me.' }] },
    })
    expect(losses({ messages })).toEqual([])
  })

  it('come before what the user says where a model has no instruction', () => {
    const messages = [
      { role: 'assistant', content: 'Yes?' },
      { role: 'system', content: 'Be brief.' },
    ]
    const sent = body({ model: 'gemma-3-4b-it', messages })

    expect(sent.systemInstruction).toBeUndefined()
    expect(sent.contents).toEqual([
      { role: 'user', parts: [{ text: 'Be brief.' }] },
      { role: 'model', parts: [{ text: 'Yes?' }] },
    ])
  })
})

describe('turns', () => {
  it('are merged when their roles are the same', () => {
    const turns = contents(
      user('One.'),
      user('Two.'),
      { role: 'assistant', content: 'Three.' },
      user('Four.'),
    )

    expect(turns).toEqual([
      { role: 'user', parts: [{ text: 'One.' }, { text: 'Two.' }] },
      { role: 'model', parts: [{ text: 'Three.' }] },
      { role: 'user', parts: [{ text: 'Four.' }] },
    ])
  })

  it('of the user may be empty', () => {
    expect(contents(user(''))).toEqual([{ role: 'user', parts: [{ text: '' }] }])
    expect(contents(user(null))).toEqual([{ role: 'user', parts: [{ text: '' }] }])
    expect(contents(user([]))).toEqual([{ role: 'user', parts: [{ text: '' }] }])
  })

  it('of the assistant are left out when they say nothing', () => {
    expect(contents(user('Hi'), { role: 'assistant', content: null }, user('You?'))).toEqual([
      { role: 'user', parts: [{ text: 'Hi' }, { text: 'You?' }] },
    ])
  })

  it('of the assistant hold a refusal as words', () => {
    const refused = { role: 'assistant', content: null, refusal: 'No.' }

    expect(contents(user('Hi'), refused)[1].parts).toEqual([{ text: 'No.' }])
  })

  it('must hold something', () => {
    expect(refusal({ messages: [{ role: 'assistant', content: '' }] })).toMatchObject({
      code: 'invalid_parameter',
      param: 'messages',
    })
  })
})

describe('parts of a message', () => {
  const part = (one: object): any => contents(user([one]))[0].parts[0]
  const fault = (one: object): any => refusal({ messages: [user([one])] })
  const image = (url: unknown): object => ({ type: 'image_url', image_url: { url } })

  it('read a `data:` URL in its usual and its rarer forms', () => {
    expect(part(image('data:image/png;base64,AAAA'))).toEqual({
      inlineData: { mimeType: 'image/png', data: 'AAAA' },
    })
    expect(part(image('data:;base64,AAAA')).inlineData.mimeType).toBe('image/jpeg')
    expect(part(image('data:text/plain;charset=utf-8,a%20b')).inlineData).toEqual({
      mimeType: 'text/plain',
      data: Buffer.from('a b').toString('base64'),
    })
  })

  it('refuse addresses that lead nowhere', () => {
    const addresses = [
      'data:image/png;base64',
      'data:image/png;base64,',
      'data:text/plain,%',
      'cat.png',
      'file:///etc/passwd',
      5,
    ]
    for (const url of addresses) {
      expect(fault(image(url))).toMatchObject({
        code: 'invalid_parameter',
        param: 'messages[0].content[0].image_url.url',
      })
    }
  })

  it('guess the media type of an address', () => {
    expect(part(image('https://a.example/b.PNG#top')).fileData.mimeType).toBe('image/png')
    expect(part(image('https://a.example/b')).fileData.mimeType).toBe('image/jpeg')
    expect(
      part({ type: 'image_url', image_url: 'https://a.example/b.gif' }).fileData.mimeType,
    ).toBe('image/gif')
    expect(
      part({ type: 'video_url', video_url: { url: 'https://a.example/b' } }).fileData.mimeType,
    ).toBe('video/mp4')
  })

  it('leave the media type of its own files to Google', () => {
    const uri = 'https://generativelanguage.googleapis.com/v1beta/files/abc'

    expect(part({ type: 'file', file: { file_id: 'files/abc' } })).toEqual({
      fileData: { fileUri: uri },
    })
    expect(part({ type: 'file', file: { file_id: uri } })).toEqual({ fileData: { fileUri: uri } })
  })

  it('take a file by its bytes, its type from its name', () => {
    const file = (fields: object): object => ({ type: 'file', file: fields })

    expect(part(file({ filename: 'a.csv', file_data: 'QQ==' })).inlineData.mimeType).toBe(
      'text/csv',
    )
    expect(part(file({ file_data: 'QQ==' })).inlineData.mimeType).toBe('application/pdf')
    expect(fault(file({ file_id: 'file-openai' }))).toMatchObject({ code: 'unsupported_parameter' })
    expect(fault(file({}))).toMatchObject({ code: 'invalid_parameter' })
  })

  it('take audio', () => {
    const audio = (format: string): object => ({
      type: 'input_audio',
      input_audio: { data: 'QQ==', format },
    })

    expect(part(audio('mp3')).inlineData.mimeType).toBe('audio/mp3')
    expect(part(audio('pcm16')).inlineData.mimeType).toBe('audio/L16;rate=24000')
    expect(fault({ type: 'input_audio', input_audio: {} })).toMatchObject({
      code: 'invalid_parameter',
    })
  })

  it('of an unknown type are refused by their path', () => {
    const messages = [user('Hi'), user([{ type: 'text', text: 'See' }, { type: 'hologram' }])]

    expect(refusal({ messages })).toMatchObject({
      code: 'unsupported_parameter',
      param: 'messages[1].content[1].type',
    })
  })
})

describe('tool calls', () => {
  const asked = user('Look.')

  it('keep arguments that are no object under a name', () => {
    const assistant = {
      role: 'assistant',
      content: '',
      tool_calls: [call('a', ''), call('b', '{"x":'), call('c', '[1]'), call('d', '{"x":1}')],
    }
    const [, turn] = contents(asked, assistant)

    expect(turn.parts.map((part: any) => part.functionCall.args)).toEqual([
      {},
      { arguments: '{"x":' },
      { arguments: [1] },
      { x: 1 },
    ])
    expect(losses({ messages: [asked, assistant] })).toContain('tool_calls.arguments')
  })

  it('are signed for the third generation only', () => {
    const messages = [asked, { role: 'assistant', tool_calls: [call('a'), call('b')] }]
    const signatures = (model: string): unknown[] =>
      body({ model, messages }).contents[1].parts.map((part: any) => part.thoughtSignature)

    expect(signatures('gemini-3.8-flash')).toEqual(['skip_thought_signature_validator', undefined])
    expect(signatures('gemini-4-argon')).toEqual(['skip_thought_signature_validator', undefined])
    expect(signatures('gemini-2.5-flash')).toEqual([undefined, undefined])
    expect(losses({ messages })).toEqual(['thought_signature'])
    expect(losses({ model: 'gemini-2.5-flash', messages })).toEqual([])
  })

  it('may come as the older `function_call`, answered by the name', () => {
    const messages = [
      asked,
      { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{"at":1}' } },
      { role: 'function', name: 'look', content: 'A cat.' },
    ]

    expect(body({ model: 'gemini-2.5-pro', messages }).contents.slice(1)).toEqual([
      { role: 'model', parts: [{ functionCall: { name: 'look', args: { at: 1 } } }] },
      {
        role: 'user',
        parts: [{ functionResponse: { name: 'look', response: { output: 'A cat.' } } }],
      },
    ])
  })

  it('must name a function', () => {
    const messages = [asked, { role: 'assistant', tool_calls: [{ id: 'a', function: {} }] }]

    expect(refusal({ messages })).toMatchObject({
      code: 'invalid_parameter',
      param: 'messages[1].tool_calls[0]',
    })
  })
})

describe('results of tools', () => {
  const called = {
    role: 'assistant',
    tool_calls: [call('a', '{}', 'see'), call('b', '{}', 'hear')],
  }
  const result = (id: string, content: unknown): object => ({
    role: 'tool',
    tool_call_id: id,
    content,
  })
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }
  const remote = { type: 'image_url', image_url: { url: 'https://a.example/b.png' } }

  it('get the name of the call they answer', () => {
    const [, , results] = contents(user('Go.'), called, result('b', 'Music'), result('a', null))

    expect(results).toEqual({
      role: 'user',
      parts: [
        { functionResponse: { id: 'b', name: 'hear', response: { output: 'Music' } } },
        { functionResponse: { id: 'a', name: 'see', response: { output: '' } } },
      ],
    })
  })

  it('hold pictures from the third generation on; what they can not hold follows them all', () => {
    const messages = [
      user('Go.'),
      called,
      result('a', [picture, remote]),
      result('b', 'Music'),
      user('So?'),
    ]
    const newest = body({ messages }).contents[2].parts
    const older = body({ model: 'gemini-2.5-flash', messages }).contents[2].parts
    const inline = { inlineData: { mimeType: 'image/png', data: 'AAAA' } }
    const file = { fileData: { fileUri: 'https://a.example/b.png', mimeType: 'image/png' } }

    expect(newest[0].functionResponse.parts).toEqual([inline])
    expect(newest[1].functionResponse.name).toBe('hear')
    expect(newest.slice(2)).toEqual([file, { text: 'So?' }])
    expect(older[0].functionResponse.parts).toBeUndefined()
    expect(older.slice(2)).toEqual([inline, file, { text: 'So?' }])
  })

  it('may name their tool themselves when the call is gone', () => {
    const lost = { ...result('gone', 'A cat.'), name: 'see' }

    expect(contents(lost)[0].parts[0].functionResponse.name).toBe('see')
  })

  it('are refused when nobody knows their tool', () => {
    expect(refusal({ messages: [user('Go.'), result('gone', 'A cat.')] })).toMatchObject({
      code: 'invalid_parameter',
      param: 'messages[1].tool_call_id',
    })
  })
})

describe('reasoning', () => {
  const answer = (fields: object): object => ({ role: 'assistant', content: 'Yes.', ...fields })
  const detail = (fields: object): object => ({ format: 'google-gemini-v1', index: 0, ...fields })

  it('goes back where Gemini signed it', () => {
    const details = [
      detail({ type: 'reasoning.text', text: 'Hm.', signature: 'c2lnMQ==' }),
      detail({ type: 'reasoning.encrypted', data: 'c2lnMg==' }),
      detail({ type: 'reasoning.encrypted', data: 'c2lnMw==' }),
    ]
    const [, turn] = contents(user('Hi'), answer({ reasoning_details: details }))

    expect(turn.parts).toEqual([
      { text: 'Hm.', thought: true, thoughtSignature: 'c2lnMQ==' },
      { text: '', thoughtSignature: 'c2lnMg==' },
      { text: 'Yes.', thoughtSignature: 'c2lnMw==' },
    ])
  })

  it('of others stays behind, and that is named', () => {
    const messages = [user('Hi'), answer({ reasoning_content: 'Hm.' })]

    expect(body({ messages }).contents[1].parts).toEqual([{ text: 'Yes.' }])
    expect(losses({ messages })).toEqual(['reasoning_content'])
  })

  it('of its own is not missed when its calls are signed', () => {
    const signed = { ...call('a'), extra_content: { google: { thought_signature: 'c2ln' } } }
    const messages = [user('Hi'), answer({ reasoning_content: 'Hm.', tool_calls: [signed] })]

    expect(losses({ messages })).toEqual([])
  })
})
