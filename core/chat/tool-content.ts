import type { ToolAnswer, ToolRequest } from '../tool-call.ts'
import { parseRewritten, segment, visitField, type Visit } from './visit.ts'

/** The arguments of a call, as one JSON text: names and values both leave the gateway. */
export function visitToolArguments(request: ToolRequest, visit: Visit): void {
  visit(segment('assistant', 'tool_call', JSON.stringify(request.arguments)), (text) => {
    request.arguments = parseRewritten(text) as Record<string, unknown>
  })
}

const RESULT = { role: 'tool', kind: 'tool_result' } as const

/**
 * Every text of a result: of its content, of the resources in it, and its structured content. What
 * `resources/read` gives (`contents`) and `prompts/get` (`messages`) is read as well.
 */
export function visitToolResult(answer: ToolAnswer, visit: Visit): void {
  for (const item of answer.content ?? []) visitItem(item, visit)
  const { contents, messages } = answer as Brought
  for (const resource of contents ?? []) visitField(resource, 'text', RESULT, visit)
  for (const { content } of messages ?? []) visitItem(content, visit)
  if (answer.structuredContent === undefined) return
  const text = JSON.stringify(answer.structuredContent)
  visit(segment(RESULT.role, RESULT.kind, text), (rewritten) => {
    answer.structuredContent = parseRewritten(rewritten) as typeof answer.structuredContent
  })
}

type Item = NonNullable<ToolAnswer['content']>[number]

/** What requests bring that are run as tools are, though they are none. */
interface Brought {
  readonly contents?: readonly object[]
  readonly messages?: readonly { readonly content: Item }[]
}

function visitItem(item: Item, visit: Visit): void {
  visitField(item, 'text', RESULT, visit)
  if (item.type === 'image') {
    const data = `data:${item.mimeType};base64,${item.data}`
    visit({ role: RESULT.role, kind: 'media', text: '', data }, () => undefined)
  }
  if ('resource' in item) visitField(item.resource, 'text', RESULT, visit)
  if (item.type === 'resource_link') {
    for (const field of ['uri', 'title', 'description']) visitField(item, field, RESULT, visit)
  }
}
