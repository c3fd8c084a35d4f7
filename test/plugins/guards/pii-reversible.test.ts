import { describe, expect, it } from 'vitest'

import { definePlugin, type ChatChunk, type ChatRequest, type PluginEntry } from '#core'
import { pii } from '#plugins/guards/pii'

import { eventsOf, say, startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { lastText } from '../local-provider.ts'
import { contentOf, startGuarded, type Guarded } from './guarded.ts'

const reversible = (): PluginEntry => pii({ action: 'redact', reversible: true })

const startReversible = (answer?: () => string): Promise<Guarded> =>
  startGuarded([reversible()], answer)

describe('placeholders', () => {
  it('are what the model reads, and the caller gets the values back', async () => {
    await using guarded = await startReversible()
    const text = 'a@example.com and b@example.com, again a@example.com'
    const answer = await guarded.ask(text)
    expect(guarded.heard[0]?.messages[0].content).toBe('<EMAIL_1> and <EMAIL_2>, again <EMAIL_1>')
    expect(contentOf(answer)).toBe(text)
  })

  it('are none that the caller wrote himself', async () => {
    await using guarded = await startReversible()
    const text = 'What is <EMAIL_1>? I am a@example.com'
    const answer = await guarded.ask(text)
    expect(guarded.heard[0]?.messages[0].content).toBe('What is <EMAIL_1>? I am <EMAIL_2>')
    expect(contentOf(answer)).toBe(text)
  })

  it('of one exchange mean nothing in another', async () => {
    await using guarded = await startReversible(() => 'It is <EMAIL_1>.')
    expect(contentOf(await guarded.ask('I am a@example.com'))).toBe('It is a@example.com.')
    expect(contentOf(await guarded.ask('Who am I?'))).toBe('It is <EMAIL_1>.')
  })

  it('stand in tool calls and their results, as JSON', async () => {
    await using guarded = await startReversible()
    const call = {
      id: 'call_1',
      type: 'function',
      function: { name: 'mail', arguments: '{"to":"a\\u0040example.com","card":4111111111111111}' },
    }
    await guarded.gateway.chat({
      ...say('local/echo', 'hi'),
      messages: [
        { role: 'user', content: 'hi' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: 'sent to a@example.com' },
      ],
    })
    const [, assistant, tool] = guarded.heard[0]?.messages ?? []
    expect(JSON.parse(assistant.tool_calls[0].function.arguments)).toEqual({
      to: '<EMAIL_1>',
      card: '<CREDIT_CARD_1>',
    })
    expect(tool.content).toBe('sent to <EMAIL_1>')
  })

  it('do not hide what the model itself makes up', async () => {
    await using guarded = await startReversible(() => '<EMAIL_1> or made-up@example.com')
    expect(contentOf(await guarded.ask('I am a@example.com'))).toBe('a@example.com or [EMAIL]')
  })
})

describe('in a stream', () => {
  const TEXT = 'Write "now" to jane@example.com or call +1 (555) 123-4567, jane@example.com.'

  it.each([1, 2, 3, 7, 1000])(
    'of %i characters a chunk placeholders are restored',
    async (size) => {
      await using gateway = await startStreaming(
        (request) => ({ content: lastText(request) }),
        size,
      )
      const answer = await gateway.chat(say('streaming/echo', TEXT, { stream: true }))
      const chunks = eventsOf(answer.text).map((event) => event.choices?.[0]?.delta.content ?? '')
      expect(chunks.join('')).toBe(TEXT)
    },
  )

  it.each([1, 5])('of %i characters a chunk they are restored in tool calls', async (size) => {
    await using gateway = await startStreaming(
      (request) => ({ call: JSON.stringify({ to: lastText(request) }) }),
      size,
    )
    const answer = await gateway.chat(say('streaming/echo', TEXT, { stream: true }))
    const pieces = eventsOf(answer.text).map(
      (event) => event.choices?.[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '',
    )
    expect(JSON.parse(pieces.join(''))).toEqual({ to: TEXT })
  })
})

/** A gateway before a model that answers in chunks of so many characters. */
function startStreaming(
  answer: (request: ChatRequest) => { content?: string; call?: string },
  size: number,
): Promise<TestGateway> {
  const streaming = definePlugin({
    name: 'streaming',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({
      providers: [
        {
          name: 'streaming',
          models: ['echo'],
          chat: {
            run() {
              throw new Error('This model only streams.')
            },
            async *stream(request) {
              const { content = '', call = '' } = answer(request)
              for (const piece of pieces(content, size)) yield chunk({ content: piece })
              for (const [index, piece] of pieces(call, size).entries()) {
                const named = index === 0 ? { id: 'call_1', type: 'function' as const } : {}
                const called = { ...(index === 0 ? { name: 'mail' } : {}), arguments: piece }
                yield chunk({ tool_calls: [{ index: 0, ...named, function: called }] })
              }
              yield { ...chunk({}), choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
            },
          },
        },
      ],
    }),
  })
  return startGateway({ plugins: [streaming(), reversible()] })
}

function pieces(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  )
}

function chunk(delta: ChatChunk['choices'][number]['delta']): ChatChunk {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: 'streaming/echo',
    choices: [{ index: 0, delta, finish_reason: null }],
  }
}
