import { GatewayError } from '../errors.ts'
import type { Segment } from '../guard.ts'
import type { AnyAnswer, AnyRequest, OperationName } from '../provider.ts'
import type { ChatCompletion } from './completion.ts'
import type { EmbeddingRequest } from './embedding.ts'
import type { ChatMessage, ChatRequest } from './request.ts'
import type { TextCompletion, TextCompletionRequest } from './text-completion.ts'

/** Called for each piece of text, in order; `replace` writes a new text in its place. */
type Visit = (segment: Segment, replace: (text: string) => void) => void

/** All the text of a request that a model would see. */
export function readRequest(operation: OperationName, request: AnyRequest): Segment[] {
  return collect((visit) => visitRequest(operation, request, visit))
}

/** All the text of an answer that the caller would see. */
export function readAnswer(operation: OperationName, answer: AnyAnswer): Segment[] {
  return collect((visit) => visitAnswer(operation, answer, visit))
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
): AnyAnswer {
  const copy = structuredClone(answer)
  replaceAll(changed, (visit) => visitAnswer(operation, copy, visit))
  return copy
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
  if (operation === 'embeddings') return visitStrings(request as EmbeddingRequest, 'input', visit)
  if (operation === 'completions') {
    return visitStrings(request as TextCompletionRequest, 'prompt', visit)
  }
  const chat = request as ChatRequest
  for (const tool of chat.tools ?? []) {
    const definition = tool as { function?: object }
    visit(
      segment('system', 'tool_definition', JSON.stringify(definition.function ?? tool)),
      (text) => {
        definition.function = parseRewritten(text)
      },
    )
  }
  for (const message of chat.messages) visitMessage(message, visit)
}

function visitMessage(message: ChatMessage, visit: Visit): void {
  const isToolResult = message.role === 'tool' || message.role === 'function'
  visitContent(message, isToolResult ? 'tool_result' : 'text', visit)
  if (message.role !== 'assistant') return
  if (message.reasoning_content) {
    visit(segment('assistant', 'reasoning', message.reasoning_content), (text) => {
      message.reasoning_content = text
    })
  }
  visitToolCalls(message, visit)
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
    for (const part of content as { text?: unknown }[]) {
      if (typeof part.text !== 'string') continue
      visit(segment(role, kind, part.text), (text) => {
        part.text = text
      })
    }
  }
}

function visitToolCalls(
  message: { tool_calls?: { function?: { name?: string; arguments: string } }[] | null },
  visit: Visit,
): void {
  for (const { function: called } of message.tool_calls ?? []) {
    if (!called) continue
    visit(segment('assistant', 'tool_call', called.arguments), (text) => {
      called.arguments = text
    })
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
  if (operation === 'completions') {
    for (const choice of (answer as TextCompletion).choices) {
      visit(segment('assistant', 'text', choice.text), (text) => {
        choice.text = text
      })
    }
    return
  }
  for (const { message } of (answer as ChatCompletion).choices) {
    visitContent(message, 'text', visit)
    if (message.reasoning_content) {
      visit(segment('assistant', 'reasoning', message.reasoning_content), (text) => {
        message.reasoning_content = text
      })
    }
    visitToolCalls(message, visit)
  }
}

function segment(role: string, kind: Segment['kind'], text: string): Segment {
  return { role, kind, text }
}

function parseRewritten(text: string): object {
  try {
    return JSON.parse(text) as object
  } catch (cause) {
    const message = 'A guard rewrote the definition of a tool into something that is not JSON.'
    throw new GatewayError('plugin_error', message, { cause })
  }
}
