import { describe, expect, it } from 'vitest'

import type { ChatRequest } from '#core'

import { configuredProvider } from '../../../helpers/configured-provider.ts'
import { chatWire, KNOWN, type Name } from './known-providers.ts'

const call = { model: 'model', stream: false, signal: new AbortController().signal }
const ask = (fields: object = {}): ChatRequest => ({
  model: 'model',
  messages: [{ role: 'user', content: 'Hello.' }],
  ...fields,
})
const body = (name: Name, request: ChatRequest): any => chatWire(name).body!(request, call)
const degraded = (name: Name, request: ChatRequest): readonly string[] =>
  chatWire(name).degraded!(request)

const STRICT = ['groq', 'mistral', 'fireworks', 'cerebras'] as const

describe('a request', () => {
  it.each(['openai', 'azure', 'xai', 'openrouter', 'vllm'] as const)(
    'goes to %s as it came, byte for byte',
    (name) => {
      expect(chatWire(name)).not.toHaveProperty('body')
    },
  )

  it.each([
    'groq',
    'mistral',
    'deepseek',
    'together',
    'fireworks',
    'perplexity',
    'cerebras',
    'nvidia',
  ] as const)('goes to %s as the same object when nothing in it differs', (name) => {
    const request = ask({ temperature: 0.2, max_tokens: 5, tools: [], something_new: { a: 1 } })
    const { tools: _, ...plain } = request
    expect(body(name, plain as ChatRequest)).toBe(plain)
    expect(degraded(name, plain as ChatRequest)).toEqual([])
  })

  it.each([
    'mistral',
    'deepseek',
    'together',
    'perplexity',
    'nvidia',
    'ollama',
    'lmstudio',
  ] as const)('tells %s the limit by its older name', (name) => {
    expect(body(name, ask({ max_completion_tokens: 7 }))).toEqual(ask({ max_tokens: 7 }))
    expect(body(name, ask({ max_completion_tokens: 7, max_tokens: 9 }))).toEqual(
      ask({ max_tokens: 9 }),
    )
    expect(degraded(name, ask({ max_completion_tokens: 7 }))).toEqual([])
  })

  it.each([
    'groq',
    'mistral',
    'deepseek',
    'together',
    'fireworks',
    'perplexity',
    'cerebras',
    'ollama',
  ] as const)('tells %s the developer’s words as the system’s', (name) => {
    const messages = [{ role: 'developer', content: 'Be brief.' }, ...ask().messages]
    expect(body(name, ask({ messages })).messages[0]).toEqual({
      role: 'system',
      content: 'Be brief.',
    })
  })

  it.each(['groq', 'cerebras', 'ollama', 'together'] as const)(
    'gives %s its reasoning back by its own name',
    (name) => {
      const messages = [{ role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.' }]
      expect(body(name, ask({ messages })).messages).toEqual([
        { role: 'assistant', content: 'Yes.', reasoning: 'Hm.' },
      ])
    },
  )

  it.each(['deepseek', 'fireworks'] as const)('gives %s its reasoning back as it is', (name) => {
    const messages = [{ role: 'assistant', content: 'Yes.', reasoning_content: 'Hm.' }]
    expect(body(name, ask({ messages })).messages).toEqual(messages)
  })

  it.each(STRICT)('holds for %s nothing that an SDK echoes of an earlier answer', (name) => {
    const messages = [
      {
        role: 'assistant',
        content: null,
        refusal: null,
        annotations: [],
        audio: null,
        function_call: null,
        tool_calls: [
          {
            id: 'abcdefghi',
            type: 'function',
            function: { name: 'f', arguments: '{}' },
            extra_content: { google: { thought_signature: 'x' } },
          },
        ],
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'x', format: 'other-v1' }],
      },
      { role: 'tool', tool_call_id: 'abcdefghi', content: 'done' },
    ]
    expect(body(name, ask({ messages })).messages).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'abcdefghi', type: 'function', function: { name: 'f', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'abcdefghi', content: 'done' },
    ])
    expect(degraded(name, ask({ messages }))).toEqual([])
  })

  it.each(STRICT)('leaves cache marks out for %s, and says so', (name) => {
    const cache_control = { type: 'ephemeral' }
    const request = ask({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello.', cache_control }] }],
      tools: [{ type: 'function', function: { name: 'f' }, cache_control }],
    })
    expect(JSON.stringify(body(name, request))).not.toContain('cache_control')
    expect(degraded(name, request)).toEqual(['cache_control'])
  })

  it.each(STRICT)('leaves out for %s what it would be refused for, and says so', (name) => {
    const request = ask({ store: true, verbosity: 'low', user: null, seed: null })
    expect(body(name, request)).toEqual(ask())
    expect(degraded(name, request)).toEqual(['store', 'verbosity'])
  })

  it.each([
    'groq',
    'deepseek',
    'together',
    'fireworks',
    'cerebras',
    'nvidia',
    'ollama',
    'lmstudio',
  ] as const)('asks %s for the usage of a stream', (name) => {
    const stream = { ...call, stream: true }
    const asked = ask({ stream: true, stream_options: { include_usage: true, extra: 1 } })
    expect(chatWire(name).body!(ask({ stream: true }), stream)).toMatchObject({
      stream_options: { include_usage: true },
    })
    expect(chatWire(name).body!(asked, stream)).toBe(asked)
  })

  it('is not changed itself', () => {
    const messages = [{ role: 'developer', content: 'Be brief.', name: 'x' }]
    const request = ask({ messages, max_completion_tokens: 3, seed: 1 })
    const before = structuredClone(request)
    body('mistral', request)
    expect(request).toEqual(before)
  })
})

describe('a request to DeepSeek', () => {
  it('tells a JSON schema in words, and says so', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } }
    const json_schema = { name: 'place', schema }
    const request = ask({ response_format: { type: 'json_schema', json_schema } })
    const sent = body('deepseek', request)
    expect(sent.response_format).toEqual({ type: 'json_object' })
    expect(sent.messages).toHaveLength(2)
    expect(sent.messages[0]).toMatchObject({ role: 'system' })
    expect(sent.messages[0].content).toContain(JSON.stringify(schema))
    expect(degraded('deepseek', request)).toEqual(['response_format'])
  })

  it('asks for text completions where they are', () => {
    const { completions } = configuredProvider(KNOWN.deepseek())
    expect(completions && 'path' in completions && completions.path(call)).toBe('/beta/completions')
  })
})

describe('a request to Perplexity', () => {
  it('is refused when it offers tools', () => {
    const tools = [{ type: 'function', function: { name: 'f' } }]
    expect(() => body('perplexity', ask({ tools }))).toThrow('Perplexity does not support "tools".')
    expect(() => body('perplexity', ask({ tools: [] }))).not.toThrow()
  })

  it('does not ask for what Perplexity overlooks', () => {
    const request = ask({ stop: ['\n'], seed: 4, stream_options: { include_usage: true } })
    expect(body('perplexity', request)).toEqual(ask())
    expect(degraded('perplexity', request)).toEqual(['stop', 'seed'])
    expect(chatWire('perplexity').hasStreamOptions).toBe(false)
  })
})

describe('a request to Mistral', () => {
  it('is not asked for the usage of a stream, which comes anyway', () => {
    const request = ask({ stream: true, stream_options: { include_usage: true } })
    expect(chatWire('mistral').hasStreamOptions).toBe(false)
    expect(body('mistral', request)).toEqual(ask({ stream: true }))
    expect(degraded('mistral', request)).toEqual([])
  })

  it('keeps what only Mistral knows, and names the seed as Mistral does', () => {
    expect(body('mistral', ask({ safe_prompt: true, seed: 4 }))).toEqual(
      ask({ safe_prompt: true, random_seed: 4 }),
    )
  })

  it('is refused when the answer would lack what was asked for', () => {
    const failure = (): unknown => body('mistral', ask({ logprobs: true }))
    expect(failure).toThrow('Mistral does not support "logprobs".')
    expect(failure).toThrow(
      expect.objectContaining({ code: 'unsupported_parameter', param: 'logprobs' }),
    )
    expect(body('mistral', ask({ logprobs: false }))).toEqual(ask())
  })

  it('shortens foreign ids of tool calls, so that a call and its result still meet', () => {
    const messages = [
      {
        role: 'assistant',
        content: null,
        tool_calls: ['call_9pJx2mRtYwLq5vBn8sDf3gHk', 'gSIMJiOkT'].map((id) => ({
          id,
          type: 'function',
          function: { name: 'f', arguments: '{}' },
        })),
      },
      { role: 'tool', tool_call_id: 'call_9pJx2mRtYwLq5vBn8sDf3gHk', content: '1' },
      { role: 'tool', tool_call_id: 'gSIMJiOkT', content: '2' },
    ]
    const [assistant, first, second] = body('mistral', ask({ messages })).messages
    expect(assistant.tool_calls[0].id).toMatch(/^[a-zA-Z0-9]{9}$/)
    expect(first.tool_call_id).toBe(assistant.tool_calls[0].id)
    expect(second.tool_call_id).toBe('gSIMJiOkT')
  })

  it('leaves out a turn of the assistant that says nothing', () => {
    const messages = [
      { role: 'user', content: 'One.' },
      { role: 'assistant', content: '' },
      { role: 'assistant', content: null, tool_calls: [] },
      { role: 'user', content: 'Two.' },
    ]
    expect(body('mistral', ask({ messages })).messages).toEqual([messages[0], messages[3]])
  })

  it('says names of speakers and foreign reasoning are left out', () => {
    const messages = [
      { role: 'user', name: 'ann', content: 'One.' },
      { role: 'assistant', content: 'Two.', reasoning_content: 'Hm.' },
    ]
    expect(body('mistral', ask({ messages })).messages).toEqual([
      { role: 'user', content: 'One.' },
      { role: 'assistant', content: 'Two.' },
    ])
    expect(degraded('mistral', ask({ messages }))).toEqual([
      'messages.name',
      'messages.reasoning_content',
    ])
  })

  it('has documents and sound in Mistral’s form', () => {
    const content = [
      { type: 'text', text: 'Read.' },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA==' } },
      { type: 'file', file: { file_id: 'file-1' } },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { type: 'refusal', refusal: 'No.' },
      null,
    ]
    const sent = body('mistral', ask({ messages: [{ role: 'user', content }] }))
    expect(sent.messages[0].content).toEqual([
      { type: 'text', text: 'Read.' },
      {
        type: 'document_url',
        document_url: 'data:application/pdf;base64,AA==',
        document_name: 'a.pdf',
      },
      { type: 'file', file_id: 'file-1' },
      { type: 'input_audio', input_audio: 'AAAA' },
      { type: 'text', text: 'No.' },
      null,
    ])
  })
})

describe('a request for embeddings to Mistral', () => {
  const embed = (fields: object): unknown => {
    const { embeddings } = configuredProvider(KNOWN.mistral())
    if (!embeddings || !('path' in embeddings)) throw new Error('A wire is expected.')
    return embeddings.body!({ model: 'mistral-embed', input: 'a', ...fields }, call)
  }

  it('names the length of a vector as Mistral does', () => {
    expect(embed({ dimensions: 8, user: 'u', encoding_format: 'float' })).toEqual({
      model: 'mistral-embed',
      input: 'a',
      output_dimension: 8,
      encoding_format: 'float',
    })
  })

  it('is refused when it holds tokens', () => {
    expect(() => embed({ input: [1, 2] })).toThrow(
      'Mistral makes embeddings of texts, not of tokens.',
    )
  })
})
