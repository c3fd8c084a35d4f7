import { createHash } from 'node:crypto'

import type { ChatMessage } from '#core'

/** What was said in one exchange of a thread. */
export interface Saying {
  readonly at: Date
  /** When the answer was there. */
  readonly answeredAt: Date
  readonly model: string | null
  readonly userId: string | null
  /** What the client sent: mostly all that was said before, and something new. */
  readonly messages: readonly ChatMessage[]
  readonly answers: readonly ChatMessage[]
}

/** One message of a thread. */
export interface ThreadMessage {
  /** A UUID, the same each time it is read. */
  readonly id: string
  readonly at: Date
  readonly model: string | null
  readonly userId: string | null
  readonly message: ChatMessage
}

/** The messages of a thread, each once, although clients send all of them again with each request. */
export function gatherMessages(threadId: string, sayings: readonly Saying[]): ThreadMessage[] {
  const gathered: ThreadMessage[] = []
  const said: string[] = []
  const instructions = new Set<string>()

  function add(message: ChatMessage, fingerprint: string, saying: Saying, at: Date): void {
    const id = messageId(threadId, gathered.length, fingerprint)
    gathered.push({ id, at, model: saying.model, userId: saying.userId, message })
  }

  for (const saying of sayings) {
    const turns: { message: ChatMessage; fingerprint: string }[] = []
    for (const message of saying.messages) {
      const fingerprint = fingerprintOf(message)
      const isInstruction = message.role === 'system' || message.role === 'developer'
      if (!isInstruction) turns.push({ message, fingerprint })
      else if (!instructions.has(fingerprint)) {
        instructions.add(fingerprint)
        add(message, fingerprint, saying, saying.at)
      }
    }
    const known = countKnown(
      said,
      turns.map(({ fingerprint }) => fingerprint),
    )
    for (const { message, fingerprint } of turns.slice(known)) {
      said.push(fingerprint)
      add(message, fingerprint, saying, saying.at)
    }
    for (const message of saying.answers) {
      const fingerprint = fingerprintOf(message)
      said.push(fingerprint)
      add(message, fingerprint, saying, saying.answeredAt)
    }
  }
  return gathered
}

/**
 * How many of the turns were said before: those with which the thread ended (the whole history, or
 * its last part), or the beginning that both have in common (somebody went back and said it anew).
 */
function countKnown(said: readonly string[], turns: readonly string[]): number {
  for (let length = Math.min(said.length, turns.length); length > 0; length--) {
    const end = said.slice(said.length - length)
    if (end.every((fingerprint, index) => fingerprint === turns[index])) return length
  }
  const common = turns.findIndex((fingerprint, index) => fingerprint !== said[index])
  return common === -1 ? turns.length : common
}

/** What a message says, whatever fields a client adds to it or leaves out when it sends it again. */
function fingerprintOf(message: ChatMessage): string {
  const { role, content } = message
  const calls = 'tool_calls' in message ? message.tool_calls : undefined
  const callId = 'tool_call_id' in message ? message.tool_call_id : undefined
  const said = [
    role,
    textOrParts(content),
    calls?.map((call) => [call.id, call.function.name, call.function.arguments]) ?? [],
    callId ?? null,
  ]
  return createHash('sha256').update(JSON.stringify(said)).digest('base64')
}

/** A single part of text is the same as the text. */
function textOrParts(content: ChatMessage['content']): unknown {
  if (!Array.isArray(content)) return content ?? ''
  const [part] = content
  if (content.length === 1 && part?.type === 'text' && 'text' in part) return part.text
  return content
}

function messageId(threadId: string, place: number, fingerprint: string): string {
  const hex = createHash('sha256').update(`${threadId}/${place}/${fingerprint}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
