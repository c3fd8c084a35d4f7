import type { Exchange, GuardContent, Segment, Verdict } from '#core'

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
  const texts = content.segments.filter(isSpoken).map(({ text }) => text)
  if (content.stage === 'output') return content.segments.length === 0 ? [''] : texts
  const { request } = exchange
  if (!('messages' in request) || !Array.isArray(request.messages)) return texts
  const pieces = countTexts(request.messages.at(-1))
  return pieces === 0 ? [] : [texts.slice(-pieces).join('\n')]
}

function isSpoken({ kind }: Segment): boolean {
  return kind === 'text' || kind === 'tool_result'
}

/** A message is one segment, or one for each of its parts that is text. */
function countTexts(message: { content?: unknown } | undefined): number {
  const content = message?.content
  if (typeof content === 'string') return 1
  if (!Array.isArray(content)) return 0
  return content.filter((part: { text?: unknown }) => typeof part.text === 'string').length
}
