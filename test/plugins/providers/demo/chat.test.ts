import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { ChatChunk } from '#core'

import { answer, provider, say, stream, textOf } from './demo-models.ts'

async function collect(chunks: AsyncIterable<ChatChunk>): Promise<ChatChunk[]> {
  const all: ChatChunk[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

const spoken = (chunks: readonly ChatChunk[]): string =>
  chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? '')).join('')

describe('the demo provider', () => {
  it('needs no key, and has only the models it names', () => {
    expect(provider).toMatchObject({
      name: 'demo',
      title: 'Demo',
      models: ['echo', 'lorem', 'tools', 'slow', 'fail', 'embed'],
      hasOnlyKnownModels: true,
    })
    expect(provider.connection).toBeUndefined()
  })

  it('says that a model for embeddings can not chat', async () => {
    await expect(answer('embed', say('Hello.'))).rejects.toMatchObject({
      code: 'unsupported_parameter',
      param: 'model',
      message: 'The model "embed" writes no text: use echo, lorem, tools, slow, fail.',
    })
  })
})

describe('echo', () => {
  it('repeats the last user message', async () => {
    const messages = [
      { role: 'user' as const, content: 'One.' },
      { role: 'assistant' as const, content: 'Two.' },
      { role: 'user' as const, content: 'Three.' },
      { role: 'assistant' as const, content: 'Four.' },
    ]
    expect(await answer('echo', { model: 'demo/echo', messages })).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      model: 'echo',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'Three.' }, finish_reason: 'stop' },
      ],
    })
  })

  it('says when there is nothing to repeat', async () => {
    const messages = [{ role: 'system' as const, content: 'Be brief.' }]
    expect(await textOf('echo', { model: 'demo', messages })).toBe(
      'There is no user message to echo.',
    )
  })

  it('names what is no text', async () => {
    const content = [
      { type: 'text', text: 'Look:' },
      { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      {
        type: 'file',
        file: { filename: 'report.pdf', file_data: 'data:application/pdf;base64,AA' },
      },
      { type: 'file', file: { file_id: 'file-1' } },
      { type: 'video' },
      'bare',
      null,
    ]
    const messages = [{ role: 'user', content }] as never
    expect(await textOf('echo', { model: 'demo', messages })).toBe(
      [
        'Look:',
        '[image: https://example.com/cat.png]',
        '[image: image/png]',
        '[audio: wav]',
        '[file: report.pdf]',
        '[file: file-1]',
        '[video]',
        'bare',
        'null',
      ].join('\n'),
    )
  })

  it('streams word by word: the role first, the reason and the usage last', async () => {
    const chunks = await collect(stream('echo', say('Hello big  world')))
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hello ' },
      { content: 'big  ' },
      { content: 'world' },
      {},
      undefined,
    ])
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.at(-1)?.usage).toEqual({
      prompt_tokens: 7,
      completion_tokens: 3,
      total_tokens: 10,
    })
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
  })

  it('says and counts the same, streamed or not, whatever the text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const whole = await answer('echo', say(text))
        const chunks = await collect(stream('echo', say(text)))
        expect(spoken(chunks)).toBe(text)
        expect(whole.choices[0]?.message.content).toBe(text)
        expect(chunks.at(-1)?.usage).toEqual(whole.usage)
      }),
    )
  })

  it('stops before a stop sequence, the earliest of several', async () => {
    expect(await textOf('echo', say('one two three', { stop: [' three', ' two'] }))).toBe('one')
    expect(await textOf('echo', say('one two', { stop: 'one' }))).toBe('')
    expect(await textOf('echo', say('one two', { stop: null }))).toBe('one two')
  })

  it.each(['max_tokens', 'max_completion_tokens'])('is cut at %s', async (name) => {
    const { choices, usage } = await answer('echo', say('one two three four', { [name]: 2 }))
    expect(choices[0]).toMatchObject({ message: { content: 'one two' }, finish_reason: 'length' })
    expect(usage?.completion_tokens).toBe(2)
  })

  it('answers as often as asked', async () => {
    const request = say('Hi there', { n: 3 })
    const { choices, usage } = await answer('echo', request)
    expect(choices.map(({ index, message }) => [index, message.content])).toEqual([
      [0, 'Hi there'],
      [1, 'Hi there'],
      [2, 'Hi there'],
    ])
    expect(usage?.completion_tokens).toBe(6)
    const chunks = await collect(stream('echo', request))
    const finished = chunks.filter(({ choices: [choice] }) => choice?.finish_reason)
    expect(finished.map(({ choices: [choice] }) => choice?.index)).toEqual([0, 1, 2])
  })

  it.each([
    ['max_tokens', 0],
    ['max_tokens', 'many'],
    ['n', 1000],
    ['n', 1.5],
  ])('refuses %s: %j', async (param, value) => {
    await expect(answer('echo', say('Hi', { [param]: value }))).rejects.toMatchObject({
      code: 'invalid_parameter',
      param,
    })
  })

  it('answers in JSON when asked for it', async () => {
    const asked = { response_format: { type: 'json_object' } }
    expect(await textOf('echo', say('Hi', asked))).toBe('{"text":"Hi"}')
    expect(await textOf('echo', say('{"a": 1}', asked))).toBe('{"a": 1}')
    expect(await textOf('echo', say('[1]', asked))).toBe('{"text":"[1]"}')
    expect(await textOf('echo', say('Hi', { response_format: 'json_object' }))).toBe(
      '{"text":"Hi"}',
    )
    expect(await textOf('echo', say('Hi', { response_format: { type: 'text' } }))).toBe('Hi')
  })

  it('puts its text into a schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        mood: { enum: ['glad', 'sad'] },
        words: { type: 'string' },
        count: { type: 'integer', minimum: 3 },
        tags: { type: 'array', items: { type: 'string' } },
      },
      required: ['mood', 'words', 'count', 'tags'],
    }
    const response_format = { type: 'json_schema', json_schema: { name: 'x', schema } }
    expect(JSON.parse((await textOf('echo', say('Hi there', { response_format })))!)).toEqual({
      mood: 'glad',
      words: 'Hi there',
      count: 3,
      tags: ['tags'],
    })
  })
})

describe('lorem', () => {
  it('writes a paragraph', async () => {
    const { choices } = await answer('lorem', say('Write.'))
    expect(choices[0]).toMatchObject({
      message: { content: expect.stringMatching(/^Lorem ipsum .* laborum\.$/) },
      finish_reason: 'stop',
    })
  })

  it('writes as much as it may, and says it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3000 }), async (max_tokens) => {
        const { choices, usage } = await answer('lorem', say('Write.', { max_tokens }))
        expect(choices[0]?.finish_reason).toBe('length')
        expect(usage?.completion_tokens).toBe(max_tokens)
      }),
    )
  })
})

describe('slow', () => {
  it('takes the time a request gives it, and then says what echo says', async () => {
    const startedAt = performance.now()
    expect(await textOf('slow', say('Hi', { delay_ms: 60 }))).toBe('Hi')
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(50)
  })

  it('waits before the first chunk and between the words', async () => {
    const startedAt = performance.now()
    const chunks = await collect(stream('slow', say('one two three', { delay_ms: 50 })))
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(50)
    expect(spoken(chunks)).toBe('one two three')
  })

  it('stops at once when its caller is gone, with the reason', async () => {
    const controller = new AbortController()
    const chunks = collect(stream('slow', say('Hi', { delay_ms: 600_000 }), controller.signal))
    const reason = new Error('The client is gone.')
    controller.abort(reason)
    await expect(chunks).rejects.toBe(reason)
  })

  it('does not begin for a caller that is gone already', async () => {
    const reason = new Error('The client is gone.')
    const chunks = collect(stream('slow', say('Hi', { delay_ms: 0 }), AbortSignal.abort(reason)))
    await expect(chunks).rejects.toBe(reason)
  })

  it('refuses a delay that is none', async () => {
    await expect(answer('slow', say('Hi', { delay_ms: 'long' }))).rejects.toMatchObject({
      code: 'invalid_parameter',
      param: 'delay_ms',
    })
  })
})

describe('fail', () => {
  it.each([
    ['Please fail.', 'upstream_error', 500],
    ['500', 'upstream_error', 500],
    ['Answer 503!', 'upstream_error', 503],
    ['429', 'provider_rate_limited', 429],
    ['400', 'upstream_rejected', 400],
    ['401', 'provider_authentication_error', 401],
    ['404', 'model_not_found', 404],
  ])('%j gives %s', async (text, code, status) => {
    const fault = { code, details: { upstream_status: status } }
    await expect(answer('fail', say(text))).rejects.toMatchObject(fault)
    await expect(collect(stream('fail', say(text)))).rejects.toMatchObject(fault)
  })

  it('knows a timeout and a prompt that is too long', async () => {
    await expect(answer('fail', say('timeout'))).rejects.toMatchObject({ code: 'upstream_timeout' })
    await expect(answer('fail', say('504'))).rejects.toMatchObject({ code: 'upstream_timeout' })
    await expect(answer('fail', say('context'))).rejects.toMatchObject({
      code: 'context_length_exceeded',
    })
  })

  it('says when to try again after 429', async () => {
    await expect(answer('fail', say('429'))).rejects.toMatchObject({ retryAfterMs: 1000 })
  })

  it.each(['mid-stream', 'break off mid-stream after a few words, please'])(
    'breaks a stream off after its first words: %j',
    async (text) => {
      const seen: ChatChunk[] = []
      const reading = (async () => {
        for await (const chunk of stream('fail', say(text))) seen.push(chunk)
      })()
      await expect(reading).rejects.toMatchObject({ code: 'upstream_error' })
      expect(text.startsWith(spoken(seen).trim())).toBe(true)
      expect(spoken(seen)).not.toBe('')
    },
  )

  it('fails whole where nothing is streamed', async () => {
    await expect(answer('fail', say('mid-stream'))).rejects.toMatchObject({
      code: 'upstream_error',
    })
  })
})
