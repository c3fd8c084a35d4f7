import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { assemble } from '../../../../core/chat/assemble.ts'
import { GatewayError, type ChatCompletion, type ChatRequest } from '../../../../core/index.ts'
import { toTokenClasses } from '../../../../core/token-classes.ts'
import { toCompletion } from '../../../../plugins/providers/anthropic/answer.ts'
import { createEventDecoder } from '../../../../plugins/providers/anthropic/events.ts'
import {
  degradedFields,
  toMessagesRequest,
} from '../../../../plugins/providers/anthropic/request.ts'
import { event, parseEvents, readExchanges } from '../exchanges.ts'

const MODELS = ['claude-opus-5-5', 'claude-opus-5', 'claude-sonnet-4-5', 'claude-opus-4-1', 'other']
const call = { model: 'claude-opus-5', stream: false }
const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
const id = fc.stringMatching(/^[\w-]{1,20}$/)
const json = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }).map(
  // What JSON can not tell apart is made the same beforehand: -0 and 0.
  (value): Record<string, unknown> => JSON.parse(JSON.stringify(value)),
)

describe('streams', () => {
  it('give the same chunks wherever the text is cut', () => {
    const streams = readExchanges('anthropic').filter(
      ({ upstreamStream }) => upstreamStream !== undefined,
    )
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 })

    fc.assert(
      fc.property(fc.constantFrom(...streams), cuts, ({ upstreamStream = '' }, places) => {
        const at = places.map((place) => Math.floor(place * upstreamStream.length))
        const ends = [...at.toSorted((a, b) => a - b), upstreamStream.length]
        const pieces = ends.map((end, index) => upstreamStream.slice(ends[index - 1] ?? 0, end))
        const whole = parseEvents(upstreamStream).flatMap(createEventDecoder(call))
        const cut = parseEvents(...pieces).flatMap(createEventDecoder(call))

        expect(withoutTime(assemble('chat', cut))).toEqual(withoutTime(assemble('chat', whole)))
        expect(cut.map(withoutTime)).toEqual(whole.map(withoutTime))
      }),
    )
  })

  it('add up to the answer that is not streamed, however small the pieces are', () => {
    fc.assert(
      fc.property(fc.array(block(), { maxLength: 6 }), fc.nat(7), (content, size) => {
        const message = { id: 'm', model: 'claude-opus-5', content, usage: { input_tokens: 3 } }
        const stop_reason = content.some(({ type }) => type === 'tool_use')
          ? 'tool_use'
          : 'end_turn'
        const events = [
          { type: 'message_start', message: { ...message, content: [] } },
          ...content.flatMap((item, index) => toEvents(item, index, size + 1)),
          { type: 'message_delta', delta: { stop_reason }, usage: { output_tokens: 4 } },
          { type: 'message_stop' },
        ]
        const chunks = events.map(event).flatMap(createEventDecoder(call))
        const usage = { input_tokens: 3, output_tokens: 4 }
        const whole = toCompletion({ ...message, stop_reason, usage }, call)

        expect(comparable(assemble('chat', chunks))).toEqual(comparable(whole))
      }),
    )
  })
})

describe('conversations', () => {
  it('never break the translation, whatever they hold', () => {
    const part = fc.oneof(
      fc.jsonValue(),
      fc.record({
        type: fc.constantFrom('text', 'image_url', 'file', 'input_audio', 'refusal', 'tool_result'),
        text: fc.oneof(words, fc.jsonValue()),
        image_url: fc.oneof(
          fc.jsonValue(),
          fc.record({ url: fc.constantFrom('data:', 'data:image/png;base64,AA', 'x') }),
        ),
        file: fc.jsonValue(),
      }),
    )
    const message = fc.record(
      {
        role: fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function'),
        content: fc.oneof(fc.jsonValue(), words, fc.array(part)),
        tool_calls: fc.oneof(
          fc.jsonValue(),
          fc.array(fc.record({ id, function: fc.record({ name: id, arguments: fc.string() }) })),
        ),
        tool_call_id: fc.jsonValue(),
        reasoning_content: fc.jsonValue(),
        reasoning_details: fc.jsonValue(),
        extra_content: fc.jsonValue(),
      },
      { requiredKeys: ['role'] },
    )
    const request = fc.record(
      {
        model: fc.constantFrom(...MODELS),
        messages: fc.array(message, { minLength: 1, maxLength: 4 }),
        tools: fc.jsonValue(),
        tool_choice: fc.jsonValue(),
        response_format: fc.jsonValue(),
        reasoning_effort: fc.jsonValue(),
        thinking: fc.jsonValue(),
        metadata: fc.jsonValue(),
        service_tier: fc.jsonValue(),
        output_config: fc.jsonValue(),
        modalities: fc.jsonValue(),
        stop: fc.jsonValue(),
        temperature: fc.jsonValue(),
        max_tokens: fc.jsonValue(),
        parallel_tool_calls: fc.jsonValue(),
      },
      { requiredKeys: ['model', 'messages'] },
    )

    fc.assert(
      fc.property(request, (value) => {
        const fault = faultOf(value as unknown as ChatRequest)

        expect(fault === undefined || isRefusal(fault) ? undefined : fault).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it('keep every text, every call and every result', () => {
    const turn = fc.record({
      user: words,
      assistant: words,
      calls: fc.uniqueArray(fc.record({ id, input: json, result: words }), {
        selector: (item) => item.id,
        maxLength: 3,
      }),
    })

    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 4 }), (turns) => {
        const messages = turns.flatMap(({ user, assistant, calls }) => [
          { role: 'user' as const, content: user },
          {
            role: 'assistant' as const,
            content: assistant,
            tool_calls: calls.map((item) => ({
              id: item.id,
              type: 'function' as const,
              function: { name: 'look', arguments: JSON.stringify(item.input) },
            })),
          },
          ...calls.map((item) => ({
            role: 'tool' as const,
            tool_call_id: item.id,
            content: item.result,
          })),
        ])
        fc.pre(turns.some(({ user }) => user.trim() !== ''))
        const body: any = toMessagesRequest({ model: call.model, messages }, call)
        const blocks = body.messages.flatMap(({ content }: any) => content)
        const texts = turns.flatMap(({ user, assistant }) => [user, assistant])
        const calls = turns.flatMap((item) => item.calls)

        expect(textsIn(blocks).toSorted()).toEqual(texts.filter((text) => text.trim()).toSorted())
        expect(blocks.filter(({ type }: any) => type === 'tool_use')).toEqual(
          calls.map((item) => ({ type: 'tool_use', id: item.id, name: 'look', input: item.input })),
        )
        expect(
          blocks
            .filter(({ type }: any) => type === 'tool_result')
            .map((result: any) => [result.tool_use_id, result.content ?? '']),
        ).toEqual(calls.map((item) => [item.id, item.result.trim() === '' ? '' : item.result]))
        expect(alternates(body.messages)).toBe(true)
      }),
    )
  })

  it('give thoughts back to the byte, and in their place', () => {
    fc.assert(
      fc.property(fc.array(block(), { minLength: 1, maxLength: 8 }), (written) => {
        const content = withDistinctIds(written.filter((item) => !isBlankText(item)))
        fc.pre(content.length > 0)
        const { message } = toCompletion({ content }, call).choices[0]!
        const results = (message.tool_calls ?? []).map((item) => ({
          role: 'tool' as const,
          tool_call_id: item.id,
          content: 'Done.',
        }))
        const messages = [{ role: 'user' as const, content: 'Go.' }, message, ...results]
        const body: any = toMessagesRequest({ model: call.model, messages }, call)

        expect(body.messages[1].content).toEqual(inGivenOrder(content))
      }),
    )
  })
})

describe('usage', () => {
  it('is counted once: the classes add up to what Anthropic bills', () => {
    const count = fc.option(fc.nat(1_000_000), { nil: null })
    const usage = fc.record({
      input_tokens: fc.nat(1_000_000),
      output_tokens: fc.nat(1_000_000),
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
    })

    fc.assert(
      fc.property(usage, fc.nat(100), (billed, percent) => {
        const thinking_tokens = Math.floor((billed.output_tokens * percent) / 100)
        const told = { ...billed, output_tokens_details: { thinking_tokens } }
        const answer = toCompletion({ content: [], usage: told }, call)

        expect(toTokenClasses(answer.usage!)).toEqual({
          input: billed.input_tokens,
          cachedInput: billed.cache_read_input_tokens ?? 0,
          cacheWrite: billed.cache_creation_input_tokens ?? 0,
          cacheWrite1h: 0,
          audioInput: 0,
          output: billed.output_tokens - thinking_tokens,
          reasoning: thinking_tokens,
          audioOutput: 0,
        })
      }),
    )
  })
})

type Written = { type: string; [field: string]: unknown }

function block(): fc.Arbitrary<Written> {
  return fc.oneof(
    fc.record({ type: fc.constant('text'), text: words }),
    fc.record({ type: fc.constant('thinking'), thinking: fc.string(), signature: fc.string() }),
    fc.record({ type: fc.constant('redacted_thinking'), data: fc.base64String() }),
    fc.record({ type: fc.constant('tool_use'), id, name: fc.constant('look'), input: json }),
  )
}

/** The events of a block that comes in pieces of some length. */
function toEvents(item: Written, index: number, size: number): object[] {
  const cut = (text: string): string[] => text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
  const started: Record<string, Written> = {
    text: { ...item, text: '' },
    thinking: { ...item, thinking: '', signature: '' },
    tool_use: { ...item, input: {} },
  }
  const deltas: Record<string, () => object[]> = {
    text: () => cut(String(item['text'])).map((text) => ({ type: 'text_delta', text })),
    thinking: () => [
      ...cut(String(item['thinking'])).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: item['signature'] },
    ],
    tool_use: () =>
      cut(JSON.stringify(item['input'])).map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      })),
  }
  return [
    { type: 'content_block_start', index, content_block: started[item.type] ?? item },
    ...(deltas[item.type]?.() ?? []).map((delta) => ({
      type: 'content_block_delta',
      index,
      delta,
    })),
    { type: 'content_block_stop', index },
  ]
}

function faultOf(asked: ChatRequest): unknown {
  try {
    toMessagesRequest(asked, { model: asked.model, stream: false })
    degradedFields(asked)
    return undefined
  } catch (error) {
    return error
  }
}

function isRefusal(fault: unknown): boolean {
  return fault instanceof GatewayError && fault.status === 400
}

function withoutTime<T extends object>(value: T): T {
  return { ...value, created: 0 }
}

/** An answer without what differs between a whole and a streamed one: the time, and '' for null. */
function comparable(answer: unknown): unknown {
  const { choices, usage } = answer as ChatCompletion
  const [choice] = choices
  return {
    usage,
    reason: choice?.finish_reason,
    message: { ...choice?.message, content: choice?.message.content || null },
  }
}

function textsIn(blocks: readonly any[]): string[] {
  return blocks.filter(({ type }) => type === 'text').map(({ text }) => text)
}

function alternates(turns: readonly any[]): boolean {
  return turns.every(({ role }, index) => role !== turns[index - 1]?.role)
}

function isBlankText({ type, text }: Written): boolean {
  return type === 'text' && String(text).trim() === ''
}

function withDistinctIds(content: readonly Written[]): Written[] {
  return content.map((item, index) =>
    item.type === 'tool_use' ? { ...item, id: `call_${index}` } : item,
  )
}

/** The order Anthropic writes in: between two thoughts first the text, in one piece, then the calls. */
function inGivenOrder(content: readonly Written[]): Written[] {
  const ordered: Written[] = []
  let gap: Written[] = []
  const close = (): void => {
    const text = gap.filter(({ type }) => type === 'text').map((item) => String(item['text']))
    if (text.length > 0) ordered.push({ type: 'text', text: text.join('') })
    ordered.push(...gap.filter(({ type }) => type === 'tool_use'))
    gap = []
  }
  for (const item of content) {
    if (item.type === 'text' || item.type === 'tool_use') gap.push(item)
    else {
      close()
      ordered.push(item)
    }
  }
  close()
  return ordered
}
