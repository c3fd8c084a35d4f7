import type { Exchange, GuardContent, Segment } from '#core'

/** What a model or a service is given to judge. */
export interface TextToJudge {
  /** `system`, `user`, `assistant`, `tool`. */
  readonly role: string
  readonly text: string
}

export type Scope = 'last_message' | 'all'

/** The parameter of every kind that asks somebody else about a text. */
export const scopeSchema = {
  enum: ['last_message', 'all'],
  description:
    'What is judged of a request: what the last message says, or everything that the model reads.',
} as const

/**
 * The texts of a content that are to be judged, none of them empty. `last_message` is what the last
 * message of a request says, as LangDB judges it, and what an answer says; `all` is all messages,
 * tool definitions, calls and results of a request, and of an answer also its tool calls and its
 * reasoning.
 */
export function readTexts(
  content: GuardContent,
  exchange: Exchange,
  scope: Scope,
): readonly TextToJudge[] {
  const segments =
    scope === 'all' ? content.segments.filter(isText) : spokenSegments(content, exchange)
  return segments.filter(({ text }) => text.trim() !== '')
}

/** All of them as one text, in which more than one speaker is named. */
export function joinTexts(texts: readonly TextToJudge[]): string {
  const [first] = texts
  const isOneVoice = texts.every(({ role }) => role === first?.role)
  if (isOneVoice) return texts.map(({ text }) => text).join('\n')
  return texts.map(({ role, text }) => `[${role}]\n${text}`).join('\n\n')
}

/**
 * What an answer says, or the last message of a request; all texts of one that has no messages. Of a
 * tool that is called by itself the arguments are what is said.
 */
export function spokenSegments(
  { stage, segments }: GuardContent,
  { request, operation }: Exchange,
): readonly Segment[] {
  if (operation === 'execute_tool') return segments.filter(isText)
  const spoken = segments.filter(isSpoken)
  if (stage === 'output' || !('messages' in request) || !Array.isArray(request.messages)) {
    return spoken
  }
  const pieces = countTexts(request.messages.at(-1))
  return pieces === 0 ? [] : spoken.slice(-pieces)
}

function isSpoken({ kind }: Segment): boolean {
  return kind === 'text' || kind === 'tool_result'
}

/** An image has an address or a name, which is no text. */
function isText({ kind }: Segment): boolean {
  return kind !== 'media'
}

/** A message is one segment, or one for each of its parts that is text. */
function countTexts(message: { content?: unknown } | undefined): number {
  const content = message?.content
  if (typeof content === 'string') return 1
  if (!Array.isArray(content)) return 0
  return content.filter((part: { text?: unknown }) => typeof part.text === 'string').length
}
