import {
  GatewayError,
  type AnswerMessage,
  type Call,
  type ChatCompletion,
  type ToolCall,
} from '#core'

import { isAnswerTool } from './answer-form.ts'
import { toAnnotations } from './citations.ts'
import { toFault } from './faults.ts'
import { toFinishReason, toRefusal } from './finish.ts'
import { isObject, objectsIn, textOf, type JsonObject } from './json.ts'
import { BETWEEN_THOUGHTS, toDetail, toExtraContent, type PlacedBlock } from './reasoning.ts'
import { toTokenUsage } from './usage.ts'

/** Anthropic's message as a canonical answer. Throws a 502 for what is no message. */
export function toCompletion(body: unknown, call: Pick<Call, 'model'>): ChatCompletion {
  if (isObject(body) && body['type'] === 'error') throw toFault(body['error'])
  if (!isObject(body) || !Array.isArray(body['content'])) {
    throw new GatewayError(
      'invalid_upstream_response',
      'The provider did not answer with a message.',
    )
  }
  const message = toMessage(objectsIn(body['content']))
  const usage = isObject(body['usage']) ? body['usage'] : {}
  const hasToolCalls = message.tool_calls !== undefined
  return {
    id: textOf(body['id']) ?? '',
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: textOf(body['model']) ?? call.model,
    choices: [
      {
        index: 0,
        message: { ...message, ...toRefusal(body['stop_details']) },
        finish_reason: toFinishReason(body['stop_reason'], hasToolCalls),
        logprobs: null,
      },
    ],
    usage: toTokenUsage(usage),
    ...(typeof usage['service_tier'] === 'string' ? { service_tier: usage['service_tier'] } : {}),
  }
}

function toMessage(blocks: readonly JsonObject[]): AnswerMessage {
  const texts: string[] = []
  const toolCalls: ToolCall[] = []
  const thoughts: PlacedBlock[] = []
  const others: PlacedBlock[] = []
  const annotations: JsonObject[] = []
  let characters = 0

  function addText(text: string, citations: unknown): void {
    texts.push(text)
    annotations.push(
      ...toAnnotations(citations, { start: characters, end: characters + text.length }),
    )
    characters += text.length
  }

  blocks.forEach((block, index) => {
    const type = textOf(block['type']) ?? ''
    if (type === 'text') addText(textOf(block['text']) ?? '', block['citations'])
    else if (type === 'tool_use' && isAnswerTool(block['name'])) addText(writeInput(block), null)
    else if (type === 'tool_use') toolCalls.push(toToolCall(block))
    else {
      const position = { characters, toolCalls: toolCalls.length }
      const isThought = type === 'thinking' || type === 'redacted_thinking'
      const list = isThought ? thoughts : others
      list.push({ block: { ...block, type }, position, index })
    }
  })

  const reasoning = thoughts.map(({ block }) => textOf(block['thinking']) ?? '').filter(Boolean)
  return {
    role: 'assistant',
    content: texts.length > 0 ? texts.join('') : null,
    ...(reasoning.length > 0 ? { reasoning_content: reasoning.join(BETWEEN_THOUGHTS) } : {}),
    ...(thoughts.length > 0 ? { reasoning_details: thoughts.map(toDetail) } : {}),
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    ...(annotations.length > 0 ? { annotations } : {}),
    ...(others.length > 0 ? { extra_content: toExtraContent(others) } : {}),
  }
}

function toToolCall(block: JsonObject): ToolCall {
  const called = { name: textOf(block['name']) ?? '', arguments: writeInput(block) }
  return { id: textOf(block['id']) ?? '', type: 'function', function: called }
}

function writeInput(block: JsonObject): string {
  return JSON.stringify(block['input'] ?? {})
}
