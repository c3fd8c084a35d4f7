import { createHash } from 'node:crypto'

import { GatewayError, type ChatRequest, type ToolCall, type ToolDefinition } from '#core'

import { fieldOf, textFieldOf } from './field-of.ts'
import { textOf } from './message-text.ts'
import { words, type Reply } from './reply.ts'
import { sample } from './sample.ts'

/**
 * Calls of the tools that are offered, or after their results the results' text; undefined when
 * there is nothing to call. Tools that the user names are called, with the JSON that stands behind the
 * name (`add {"a":1}`), all at once, or one after the other with a "then" between. Where none is named
 * the user's words say how many: "twice", "three times", and with "parallel" or "both" each of
 * the tools.
 */
export function callTools(request: ChatRequest): Reply | undefined {
  const { text, turns, results } = readQuestion(request.messages)
  const steps = text.split(/\bthen\b/i)
  const tools = chosenTools(request)
  const step = steps[turns] ?? ''
  const named = namedCalls(step, tools)
  if (results.length > 0 && named.length === 0) return words(results.map(textOf).join('\n'))
  const wanted = named.length > 0 ? named : wantedCalls(text, tools)
  if (wanted.length === 0) return undefined
  const calls = request.parallel_tool_calls === false ? wanted.slice(0, 1) : wanted
  return {
    text: '',
    toolCalls: calls.map((call, index) => toCall(request, call, index)),
    finishReason: 'tool_calls',
  }
}

/** What the user asked last, and how far it has come since. */
interface AskedOfTools {
  readonly text: string
  /** How often tools were called for it. */
  readonly turns: number
  readonly results: ChatRequest['messages']
}

function readQuestion(messages: ChatRequest['messages']): AskedOfTools {
  const asked = messages.findLastIndex(({ role }, at) => role === 'user' && !isShown(messages, at))
  const question = messages[asked]
  const since = messages.slice(asked + 1)
  return {
    text: question ? textOf(question) : '',
    turns: since.filter(({ role }) => role === 'assistant').length,
    results: since.filter(({ role }) => role !== 'assistant'),
  }
}

/** A user's message right after a tool's, with more than text in it: what the tool has to show. */
function isShown(messages: ChatRequest['messages'], at: number): boolean {
  const { content } = messages[at] ?? {}
  const isAfterTool = messages[at - 1]?.role === 'tool'
  return isAfterTool && Array.isArray(content) && content.some(({ type }) => type !== 'text')
}

/** A tool, and the arguments that were said for it. */
interface WantedCall {
  readonly tool: ToolDefinition
  readonly args?: string
}

/** The tools that a text names, in its order. */
function namedCalls(text: string, tools: readonly ToolDefinition[]): readonly WantedCall[] {
  return tools
    .flatMap((tool) => {
      const name = new RegExp(`(?<![\\w-])${RegExp.escape(tool.function.name)}(?![\\w-])`, 'g')
      return [...text.matchAll(name)].map(({ index }) => {
        const args = leadingJson(text.slice(index + tool.function.name.length))
        return { index, tool, ...(args === undefined ? {} : { args }) }
      })
    })
    .toSorted((one, other) => one.index - other.index)
}

/** The JSON object at the start of a text. */
function leadingJson(text: string): string | undefined {
  const start = /^[\s:(]*\{/.exec(text)?.[0].length
  if (start === undefined) return undefined
  for (let end = text.indexOf('}', start); end !== -1; end = text.indexOf('}', end + 1)) {
    const written = text.slice(start - 1, end + 1)
    try {
      JSON.parse(written)
      return written
    } catch {
      // A brace within: the object goes on.
    }
  }
  return undefined
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

function wantedCalls(text: string, tools: readonly ToolDefinition[]): readonly WantedCall[] {
  const [first] = tools.map((tool) => ({ tool }))
  if (!first) return []
  if (/\b(parallel|both)\b/i.test(text)) {
    return tools.length > 1 ? tools.map((tool) => ({ tool })) : [first, first]
  }
  if (/\b(thrice|three times)\b/i.test(text)) return [first, first, first]
  return /\b(twice|two times)\b/i.test(text) ? [first, first] : [first]
}

function toCall(request: ChatRequest, { tool, args }: WantedCall, index: number): ToolCall {
  const { name, parameters } = tool.function
  const made = parameters ? sample({ type: 'object', ...parameters }, { index }) : {}
  return {
    id: callId(request, index),
    type: 'function',
    function: { name, arguments: args ?? JSON.stringify(made) },
  }
}

/** The same for the same conversation, and another one on its next turn. */
function callId({ messages }: ChatRequest, index: number): string {
  const seed = `${index} ${JSON.stringify(messages)}`
  return `call_${createHash('sha256').update(seed).digest('hex').slice(0, 24)}`
}
