import { createHash } from 'node:crypto'

import { GatewayError, type ChatRequest, type ToolCall, type ToolDefinition } from '#core'

import { fieldOf, textFieldOf } from './field-of.ts'
import { lastUserText, textOf } from './message-text.ts'
import { words, type Reply } from './reply.ts'
import { sample } from './sample.ts'

/**
 * Calls of the tools that are offered, or after their results the results' text; undefined when
 * there is nothing to call. The user's words say how many: "twice", "three times", and with
 * "parallel" or "both" each of the tools.
 */
export function callTools(request: ChatRequest): Reply | undefined {
  const results = trailingResults(request)
  if (results.length > 0) return words(results.map(textOf).join('\n'))
  const tools = chosenTools(request)
  const [first] = tools
  if (!first) return undefined
  const wanted = wantedCalls(request, tools, first)
  const calls = request.parallel_tool_calls === false ? wanted.slice(0, 1) : wanted
  return {
    text: '',
    toolCalls: calls.map((tool, index) => toCall(request, tool, index)),
    finishReason: 'tool_calls',
  }
}

function trailingResults({ messages }: ChatRequest): ChatRequest['messages'] {
  const lastOther = messages.findLastIndex(({ role }) => role !== 'tool' && role !== 'function')
  return messages.slice(lastOther + 1)
}

/** The tools that may be called: all, one that is forced, those that are allowed, or none. */
function chosenTools({ tools = [], tool_choice: choice }: ChatRequest): ToolDefinition[] {
  if (choice === 'none') return []
  const callable = tools.filter((tool) => textFieldOf(tool.function, 'name') !== undefined)
  const names = namesOf(choice)
  if (!names) return callable
  const chosen = callable.filter((tool) => names.includes(tool.function.name))
  if (chosen.length > 0) return chosen
  const message = `"tool_choice" names "${names.join(', ')}", which is not among the tools.`
  throw new GatewayError('invalid_parameter', message, { param: 'tool_choice' })
}

function namesOf(choice: ChatRequest['tool_choice']): string[] | undefined {
  const list = fieldOf(fieldOf(choice, 'allowed_tools'), 'tools') ?? [choice]
  if (!Array.isArray(list)) return undefined
  const names = list.map((tool: unknown) => textFieldOf(fieldOf(tool, 'function'), 'name'))
  const known = names.filter((name) => name !== undefined)
  return known.length > 0 ? known : undefined
}

function wantedCalls(
  request: ChatRequest,
  tools: readonly ToolDefinition[],
  first: ToolDefinition,
): readonly ToolDefinition[] {
  const text = lastUserText(request) ?? ''
  if (/\b(parallel|both)\b/i.test(text)) return tools.length > 1 ? tools : [first, first]
  if (/\b(thrice|three times)\b/i.test(text)) return [first, first, first]
  return /\b(twice|two times)\b/i.test(text) ? [first, first] : [first]
}

function toCall(request: ChatRequest, tool: ToolDefinition, index: number): ToolCall {
  const { name, parameters } = tool.function
  const made = parameters ? sample({ type: 'object', ...parameters }, { index }) : {}
  return {
    id: callId(request, index),
    type: 'function',
    function: { name, arguments: JSON.stringify(made) },
  }
}

/** The same for the same conversation, and another one on its next turn. */
function callId({ messages }: ChatRequest, index: number): string {
  const seed = `${index} ${JSON.stringify(messages)}`
  return `call_${createHash('sha256').update(seed).digest('hex').slice(0, 24)}`
}
