import type { AnswerMessage } from '../chat/completion.ts'
import type {
  AssistantMessage,
  ChatMessage,
  ChatRequest,
  ContentPart,
  ReasoningDetail,
  ToolCall,
  ToolChoice,
} from '../chat/request.ts'
import type { ModelCapability } from '../model-capability.ts'
import { toResultParts } from './result-parts.ts'
import type { DoneCall } from './run-calls.ts'

/** What the model is asked in its next turn: all that was said, its calls, and their results. */
export function nextRequest(
  request: ChatRequest,
  said: AnswerMessage,
  done: readonly DoneCall[],
  { abilities, mostCharacters }: NextParts,
): ChatRequest {
  const results: ChatMessage[] = []
  const shown: ContentPart[] = []
  for (const { call, answer } of done) {
    const { text, media } = toResultParts(answer, abilities, mostCharacters)
    results.push({ role: 'tool', tool_call_id: call.id, content: text })
    if (media.length === 0) continue
    shown.push(
      { type: 'text', text: `From the tool ${call.function.name} (${call.id}):` },
      ...media,
    )
  }
  // Providers take pictures from a user, and few from a tool.
  if (shown.length > 0) results.push({ role: 'user', content: shown })
  const calls = done.map(({ call }) => call)
  const messages = [...request.messages, asSaid(said, calls), ...results]
  return request.tool_choice === undefined
    ? { ...request, messages }
    : { ...request, messages, tool_choice: freed(request.tool_choice) }
}

/** A tool that was forced has been called: forced again, the model would never come to an end. */
function freed(choice: ToolChoice): ToolChoice {
  if (choice === 'none' || choice === null) return choice
  const allowed: unknown = typeof choice === 'object' && (choice as JsonObject)['allowed_tools']
  if (typeof allowed !== 'object' || allowed === null) return 'auto'
  return {
    ...(choice as JsonObject),
    type: 'allowed_tools',
    allowed_tools: { ...allowed, mode: 'auto' },
  }
}

type JsonObject = Readonly<Record<string, unknown>>

interface NextParts {
  /** Of the model. */
  readonly abilities: ReadonlySet<ModelCapability>
  /** Of one result. */
  readonly mostCharacters: number
}

/** The model's own message as it is sent back: with its signed reasoning, which belongs to the calls. */
function asSaid(said: AnswerMessage, calls: readonly ToolCall[]): AssistantMessage {
  const { content, refusal, reasoning_content, reasoning_details, extra_content } = said
  return {
    role: 'assistant',
    content,
    ...(refusal ? { refusal } : {}),
    ...(reasoning_content ? { reasoning_content } : {}),
    ...(reasoning_details ? { reasoning_details: joined(reasoning_details) } : {}),
    ...(extra_content ? { extra_content: extra_content as Record<string, unknown> } : {}),
    tool_calls: [...calls],
  }
}

/** Streams bring a detail piece by piece: pieces with one index are one detail. */
function joined(pieces: readonly ReasoningDetail[]): ReasoningDetail[] {
  const details: ReasoningDetail[] = []
  for (const piece of pieces) {
    const last = details.at(-1)
    const goesOn =
      last?.index !== undefined && last.index === piece.index && last.type === piece.type
    if (!last || !goesOn) {
      details.push({ ...piece })
      continue
    }
    for (const field of ['text', 'data'] as const) {
      if (piece[field] !== undefined) last[field] = (last[field] ?? '') + piece[field]
    }
    if (piece.signature) last.signature = piece.signature
  }
  return details
}
