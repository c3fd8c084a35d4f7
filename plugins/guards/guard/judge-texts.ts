import type { Exchange, GuardContent, Verdict } from '#core'

import { spokenSegments } from './read-texts.ts'

/**
 * Blocks when a rule about form finds fault with a text it applies to. As in LangDB these are of a
 * request the last message only, and of an answer each choice. A choice that only calls tools has
 * no text; an answer of nothing at all has an empty one.
 */
export function judgeTexts(
  content: GuardContent,
  exchange: Exchange,
  findFault: (text: string) => string | undefined,
): Verdict | undefined {
  for (const judged of judgedTexts(content, exchange)) {
    const text = findFault(judged)
    if (text !== undefined) return { passed: false, confidence: 1, text }
  }
  return undefined
}

function judgedTexts(content: GuardContent, exchange: Exchange): readonly string[] {
  const texts = spokenSegments(content, exchange).map(({ text }) => text)
  if (content.stage === 'output') return content.segments.length === 0 ? [''] : texts
  const isConversation = 'messages' in exchange.request
  return isConversation && texts.length > 0 ? [texts.join('\n')] : texts
}
