import { GATEWAY_FIELDS } from '../gateway-fields.ts'
import type { Segment } from '../guard.ts'
import type { AnyAnswer, AnyRequest, OperationName } from '../provider.ts'
import type { ToolAnswer, ToolRequest } from '../tool-call.ts'
import type { AnswerMessage, ChatCompletion } from './completion.ts'
import type { EmbeddingRequest } from './embedding.ts'
import { visitPart } from './part-content.ts'
import type { AssistantMessage, ChatMessage, ChatRequest, ContentPart } from './request.ts'
import type { TextCompletion, TextCompletionRequest } from './text-completion.ts'
import { visitToolArguments, visitToolResult } from './tool-content.ts'
import { segment, visitField, visitJson, type Visit } from './visit.ts'

/** All the text of a request that a model would see. */
export function readRequest(operation: OperationName, request: AnyRequest): Segment[] {
  return collect((visit) => visitRequest(operation, request, visit))
}

/** All the text of an answer that the caller would see, but the names of tools that were offered. */
export function readAnswer(
  operation: OperationName,
  answer: AnyAnswer,
  offered: OfferedTools = NO_TOOLS,
): Segment[] {
  return collect((visit) => visitAnswer(operation, answer, but(offered, visit)))
}

/** A copy of the request with the texts at these indexes replaced. */
export function rewriteRequest(
  operation: OperationName,
  request: AnyRequest,
  changed: ReadonlyMap<number, string>,
): AnyRequest {
  const copy = structuredClone(request)
  replaceAll(changed, (visit) => visitRequest(operation, copy, visit))
  return copy
}

/** A copy of the answer with the texts at these indexes replaced. */
export function rewriteAnswer(
  operation: OperationName,
  answer: AnyAnswer,
  changed: ReadonlyMap<number, string>,
  offered: OfferedTools = NO_TOOLS,
): AnyAnswer {
  const copy = structuredClone(answer)
  replaceAll(changed, (visit) => visitAnswer(operation, copy, but(offered, visit)))
  return copy
}

/** The names of the tools that a request offers: they are known to the caller, and must stay. */
export type OfferedTools = ReadonlySet<string>

const NO_TOOLS: OfferedTools = new Set()

export function offeredTools(request: AnyRequest): OfferedTools {
  if (!Array.isArray(request['tools'])) return NO_TOOLS
  const tools = request['tools'] as { function?: { name?: string } }[]
  return new Set(tools.flatMap((tool) => tool.function?.name ?? []))
}

function but(offered: OfferedTools, visit: Visit): Visit {
  if (offered.size === 0) return visit
  return (piece, replace) => {
    if (piece.kind !== 'name' || !offered.has(piece.text)) visit(piece, replace)
  }
}

function collect(walk: (visit: Visit) => void): Segment[] {
  const segments: Segment[] = []
  walk((segment) => segments.push(segment))
  return segments
}

function replaceAll(changed: ReadonlyMap<number, string>, walk: (visit: Visit) => void): void {
  let index = 0
  walk((_segment, replace) => {
    const text = changed.get(index++)
    if (text !== undefined) replace(text)
  })
}

function visitRequest(operation: OperationName, request: AnyRequest, visit: Visit): void {
  if (operation === 'execute_tool') return visitToolArguments(request as ToolRequest, visit)
  if (operation === 'embeddings') visitStrings(request as EmbeddingRequest, 'input', visit)
  else if (operation === 'completions') {
    visitStrings(request as TextCompletionRequest, 'prompt', visit)
  } else visitChat(request as ChatRequest, visit)
  visitParameters(request, visit)
}

function visitChat(chat: ChatRequest, visit: Visit): void {
  for (const tool of chat.tools ?? []) {
    const definition = tool as { function?: object }
    visitJson(definition.function ?? tool, 'tool_definition', visit, (value) => {
      definition.function = value as object
    })
  }
  for (const message of chat.messages) visitMessage(message, visit)
}

/** What is read elsewhere, or never reaches a model. */
const NO_TEXT = new Set<string>(
  ['model', 'messages', 'tools', 'input', 'prompt', 'stream', 'stream_options'].concat(
    GATEWAY_FIELDS,
  ),
)

/** Every other field that may hold text: what is new tomorrow is read today. */
function visitParameters(request: AnyRequest, visit: Visit): void {
  for (const [name, value] of Object.entries(request)) {
    if (NO_TEXT.has(name) || !mayHoldText(value)) continue
    visitJson(value, 'parameter', visit, (rewritten) => {
      request[name] = rewritten
    })
  }
}

function mayHoldText(value: unknown): boolean {
  return typeof value === 'string' || (typeof value === 'object' && value !== null)
}

function visitMessage(message: ChatMessage, visit: Visit): void {
  const { role } = message
  visitField(message, 'name', { role, kind: 'name' }, visit)
  visitContent(message, role === 'tool' || role === 'function' ? 'tool_result' : 'text', visit)
  if (role === 'assistant') visitSaid(message, visit)
}

const TEXT = { role: 'assistant', kind: 'text' } as const
const REASONING = { role: 'assistant', kind: 'reasoning' } as const
const CALLED = { role: 'assistant', kind: 'name' } as const
const CALL = { role: 'assistant', kind: 'tool_call' } as const

/** What an assistant says beside its content, in a request or in an answer. */
function visitSaid(message: AssistantMessage | AnswerMessage, visit: Visit): void {
  visitField(message, 'refusal', TEXT, visit)
  visitField(message, 'reasoning_content', REASONING, visit)
  for (const detail of message.reasoning_details ?? []) {
    visitField(detail, 'text', REASONING, visit)
  }
  for (const { function: called } of message.tool_calls ?? []) visitCall(called, visit)
  // As it was before there were tools; some clients still send it.
  visitCall(message['function_call' as keyof typeof message], visit)
}

function visitCall(called: unknown, visit: Visit): void {
  if (typeof called !== 'object' || called === null) return
  visitField(called, 'name', CALLED, visit)
  visitField(called, 'arguments', CALL, visit)
}

/** A string, or parts of which some are text. */
function visitContent(
  message: { role: string; content?: unknown },
  kind: Segment['kind'],
  visit: Visit,
): void {
  const { role, content } = message
  if (typeof content === 'string') {
    visit(segment(role, kind, content), (text) => {
      message.content = text
    })
  } else if (Array.isArray(content)) {
    for (const part of content as ContentPart[]) visitPart(role, part, kind, visit)
  }
}

/** One string or a list of them; tokens are not text. */
function visitStrings<Field extends 'input' | 'prompt'>(
  holder: { [name in Field]: unknown },
  field: Field,
  visit: Visit,
): void {
  const value: unknown = holder[field]
  if (typeof value === 'string') {
    visit(segment('user', 'text', value), (text) => {
      holder[field] = text
    })
  } else if (Array.isArray(value)) {
    value.forEach((item: unknown, index) => {
      if (typeof item !== 'string') return
      visit(segment('user', 'text', item), (text) => {
        value[index] = text
      })
    })
  }
}

function visitAnswer(operation: OperationName, answer: AnyAnswer, visit: Visit): void {
  if (operation === 'embeddings') return
  if (operation === 'execute_tool') return visitToolResult(answer as ToolAnswer, visit)
  if (operation === 'completions') {
    for (const choice of (answer as TextCompletion).choices) {
      withoutLogprobs(choice, visit)(segment('assistant', 'text', choice.text), (text) => {
        choice.text = text
      })
    }
    return
  }
  for (const choice of (answer as ChatCompletion).choices) {
    const visitChoice = withoutLogprobs(choice, visit)
    visitContent(choice.message, 'text', visitChoice)
    visitSaid(choice.message, visitChoice)
  }
  visitToolNotes(answer as ChatCompletion, visit)
}

/** The calls that the gateway ran for the model, which it tells the caller of. */
function visitToolNotes({ tapgate }: ChatCompletion, visit: Visit): void {
  const { tool_calls: calls } = Object(tapgate) as { tool_calls?: unknown }
  if (!Array.isArray(calls)) return
  for (const call of calls as object[]) visitField(call, 'arguments', CALL, visit)
}

/** Once a text is rewritten, nothing may tell of the old one token by token. */
function withoutLogprobs(choice: { logprobs?: unknown }, visit: Visit): Visit {
  return (piece, replace) =>
    visit(piece, (text) => {
      replace(text)
      if (choice.logprobs) choice.logprobs = null
    })
}
