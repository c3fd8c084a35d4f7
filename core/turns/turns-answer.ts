import type { StreamAnswer, WholeAnswer } from '../answer.ts'
import { assemble } from '../chat/assemble.ts'
import type { ChatCompletion } from '../chat/completion.ts'
import { payloadFromValue } from '../payload.ts'
import type { AnyChunk } from '../provider.ts'
import type { StreamEvent } from '../sse.ts'
import type { Conversation } from './conversation.ts'

/** The turns as an answer that streams. */
export function streamedTurns(
  { target, degraded, merged }: Conversation,
  events: AsyncIterable<readonly StreamEvent<AnyChunk>[]>,
): StreamAnswer {
  const received = {
    get usage() {
      return merged.usage
    },
    get finishReason() {
      return merged.finishReason
    },
    characters: 0,
  }
  return { kind: 'stream', target, received, events, degraded: [...degraded] }
}

/** The same as a stream would say, in one piece; an answer without turns as it came. */
export async function collectTurns(
  conversation: Conversation,
  events: AsyncIterable<readonly StreamEvent<AnyChunk>[]>,
): Promise<WholeAnswer> {
  const chunks: AnyChunk[] = []
  for await (const batch of events) chunks.push(...batch.flatMap(({ value }) => value ?? []))
  const { answer, target, degraded, notes } = conversation
  if (answer.kind !== 'whole') throw new Error('What is not streamed is answered in one piece.')
  if (conversation.isUntouched) return answer
  const merged = assemble('chat', chunks) as ChatCompletion
  const last = answer.payload.value as ChatCompletion
  const {
    tool_calls: _calls,
    reasoning_details: _details,
    ...message
  } = last.choices[0]?.message ?? {}
  const [choice] = merged.choices
  const value = {
    ...last,
    id: merged.id,
    created: merged.created,
    choices: [{ ...last.choices[0], ...choice, message: { ...message, ...choice?.message } }],
    ...(merged.usage ? { usage: merged.usage } : {}),
    tapgate: notes.all(conversation.use),
  }
  const payload = payloadFromValue(value as ChatCompletion)
  return { kind: 'whole', target, payload, degraded: [...degraded] }
}
