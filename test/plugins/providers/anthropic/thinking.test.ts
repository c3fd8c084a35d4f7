import { describe, expect, it } from 'vitest'

import type { ChatMessage, ChatRequest } from '../../../../core/index.ts'
import { toCompletion } from '../../../../plugins/providers/anthropic/answer.ts'
import {
  degradedFields,
  toMessagesRequest,
} from '../../../../plugins/providers/anthropic/request.ts'

const request = (model: string, rest: object = {}): ChatRequest => ({
  model,
  messages: [{ role: 'user', content: 'Hello.' }],
  ...rest,
})
const body = (asked: ChatRequest): any =>
  toMessagesRequest(asked, { model: asked.model, stream: false })

describe('reasoning_effort', () => {
  it.each([
    ['claude-opus-5', 'low', 'low'],
    ['claude-opus-5', 'xhigh', 'xhigh'],
    ['claude-opus-5', 'max', 'max'],
    ['claude-sonnet-4-6', 'medium', 'medium'],
  ])('is the effort of %s: %s', (model, reasoning_effort, effort) => {
    const asked = request(model, { reasoning_effort })

    expect(body(asked)).toMatchObject({
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort },
    })
    expect(degradedFields(asked)).toEqual([])
  })

  it.each([
    ['claude-opus-5', 'minimal', 'low'],
    ['claude-sonnet-4-6', 'xhigh', 'high'],
  ])('comes near where %s has no %s, which is named', (model, reasoning_effort, effort) => {
    const asked = request(model, { reasoning_effort })

    expect(body(asked).output_config).toEqual({ effort })
    expect(degradedFields(asked)).toEqual(['reasoning_effort'])
  })

  it.each([
    ['minimal', 1024],
    ['low', 1024],
    ['medium', 8192],
    ['high', 24_576],
    ['xhigh', 32_768],
  ])('is a budget for older models: %s', (reasoning_effort, budget_tokens) => {
    const asked = request('claude-haiku-4-5-20251001', { reasoning_effort })

    expect(body(asked)).toMatchObject({
      thinking: { type: 'enabled', budget_tokens },
      max_tokens: 64_000,
    })
    expect(body(asked)).not.toHaveProperty('output_config')
  })

  it('leaves room for the answer in what the caller allows', () => {
    const high = { reasoning_effort: 'high' }

    expect(body(request('claude-sonnet-4-5', { ...high, max_tokens: 10_000 }))).toMatchObject({
      thinking: { budget_tokens: 8000 },
      max_tokens: 10_000,
    })
    const tight = request('claude-sonnet-4-5', { ...high, max_tokens: 1024 })
    expect(body(tight)).not.toHaveProperty('thinking')
    expect(degradedFields(tight)).toEqual(['reasoning_effort'])
  })

  it('allows more tokens where a budget would fill the default', () => {
    const { thinking, max_tokens } = body(request('claude-opus-4-1', { reasoning_effort: 'high' }))

    expect(max_tokens).toBeGreaterThan(thinking.budget_tokens)
  })

  it('switches the thinking off, or as low as the model lets it', () => {
    const none = (model: string): any => body(request(model, { reasoning_effort: 'none' }))

    expect(none('claude-sonnet-4-5')).not.toHaveProperty('thinking')
    expect(none('claude-sonnet-5').thinking).toEqual({ type: 'disabled' })
    expect(none('claude-sonnet-5-5').thinking).toEqual({ type: 'between_tools' })
    expect(none('claude-fable-5').output_config).toEqual({ effort: 'low' })
    expect(degradedFields(request('claude-fable-5', { reasoning_effort: 'none' }))).toEqual([
      'reasoning_effort',
    ])
  })

  it('must be one of those there are', () => {
    for (const model of ['claude-opus-5', 'claude-haiku-4-5']) {
      expect(() => body(request(model, { reasoning_effort: 'much' }))).toThrow(
        expect.objectContaining({ status: 400, param: 'reasoning_effort' }),
      )
    }
  })

  it('gives way to a forced tool, which a budget does not allow', () => {
    const tools = [{ type: 'function', function: { name: 'look' } }]
    const rest = { tools, tool_choice: 'required', reasoning_effort: 'high' }
    const asked = request('claude-sonnet-4-5', rest)

    expect(body(asked).tool_choice).toEqual({ type: 'any' })
    expect(body(asked)).not.toHaveProperty('thinking')
    expect(degradedFields(asked)).toEqual(['reasoning_effort'])
  })

  it('keeps the sampling out, since both together are refused', () => {
    const asked = request('claude-sonnet-4-5', { reasoning_effort: 'low', temperature: 0.3 })

    expect(body(asked)).not.toHaveProperty('temperature')
    expect(degradedFields(asked)).toEqual(['temperature'])
  })
})

describe('thinking', () => {
  it('goes through as it is', () => {
    const thinking = { type: 'adaptive', display: 'omitted' }

    expect(body(request('claude-opus-5', { thinking })).thinking).toEqual(thinking)
  })

  it('wins over reasoning_effort, which still steers the effort', () => {
    const thinking = { type: 'adaptive' }
    const asked = request('claude-opus-5', { thinking, reasoning_effort: 'low' })

    expect(body(asked)).toMatchObject({ thinking, output_config: { effort: 'low' } })
  })

  it('gets room for its budget when the caller sets no limit', () => {
    const thinking = { type: 'enabled', budget_tokens: 20_000 }

    expect(body(request('claude-opus-4-1', { thinking })).max_tokens).toBeGreaterThan(20_000)
  })

  it('turns a forced tool into a free choice where it has a budget', () => {
    const tools = [{ type: 'function', function: { name: 'look' } }]
    const thinking = { type: 'enabled', budget_tokens: 2000 }
    const asked = request('claude-sonnet-4-5', { thinking, tools, tool_choice: 'required' })

    expect(body(asked).tool_choice).toEqual({ type: 'auto' })
    expect(degradedFields(asked)).toEqual(['tool_choice'])
  })
})

describe('reasoning of earlier turns', () => {
  const calls = [{ id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } }]
  const loop = (assistant: object): ChatMessage[] =>
    [
      { role: 'user', content: 'Look.' },
      { role: 'assistant', content: null, tool_calls: calls, ...assistant },
      { role: 'tool', tool_call_id: 'a', content: 'Seen.' },
    ] as ChatMessage[]
  const detail = { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', index: 0 }

  it('comes back signed, before the call it led to', () => {
    const messages = loop({ reasoning_details: [{ ...detail, format: 'anthropic-claude-v1' }] })

    expect(body(request('claude-opus-5', { messages })).messages[1].content).toEqual([
      { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
      { type: 'tool_use', id: 'a', name: 'look', input: {} },
    ])
  })

  it('comes back among text and calls as the model wrote it', () => {
    const content = [
      { type: 'thinking', thinking: 'One.', signature: 's1' },
      { type: 'text', text: 'First.' },
      { type: 'redacted_thinking', data: 'r1' },
      { type: 'text', text: 'Second.' },
      { type: 'tool_use', id: 'a', name: 'look', input: { x: 1 } },
      { type: 'thinking', thinking: 'Two.', signature: 's2' },
      { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
      { type: 'tool_use', id: 'b', name: 'look', input: {} },
    ]
    const { message } = toCompletion({ content }, { model: 'claude-opus-5' }).choices[0]!
    const results = ['a', 'b'].map((id) => ({ role: 'tool', tool_call_id: id, content: id }))
    const messages = [{ role: 'user', content: 'Look.' }, message, ...results]

    expect(body(request('claude-opus-5', { messages })).messages[1].content).toEqual(content)
  })

  it('of another maker stays away, which is named', () => {
    const messages = loop({ reasoning_details: [{ ...detail, format: 'google-gemini-v1' }] })
    const asked = request('claude-opus-5', { messages })

    expect(body(asked).messages[1].content).toHaveLength(1)
    expect(degradedFields(asked)).toEqual(['messages.reasoning_content'])
  })

  it('without a signature switches a budget off amid calls, which the API would refuse', () => {
    const lost = request('claude-sonnet-4-5', { messages: loop({}), reasoning_effort: 'low' })
    const kept = request('claude-sonnet-4-5', {
      messages: loop({ reasoning_details: [{ ...detail, format: 'anthropic-claude-v1' }] }),
      reasoning_effort: 'low',
    })

    expect(body(lost)).not.toHaveProperty('thinking')
    expect(degradedFields(lost)).toEqual(['reasoning_effort'])
    expect(body(kept).thinking).toEqual({ type: 'enabled', budget_tokens: 1024 })
  })

  it('takes nothing from the extras that a guard would want to read', () => {
    const blocks = [{ block: { type: 'text', text: 'Unseen.' } }, { block: 7 }, 7]
    const messages = loop({ extra_content: { anthropic: { blocks } } })

    expect(body(request('claude-opus-5', { messages })).messages[1].content).toHaveLength(1)
  })
})
