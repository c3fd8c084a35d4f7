import type { Exchange } from '#core'

const NOTHING_SAID = '(no text)'

/** What the user asked last, or a tool was asked, for a judge of the answer. */
export function lastQuestion(request: Exchange['request']): string {
  return readLast(request) || NOTHING_SAID
}

function readLast(request: Exchange['request']): string {
  if (typeof request['arguments'] === 'object') return JSON.stringify(request['arguments'])
  if (!('messages' in request) || !Array.isArray(request.messages)) {
    return 'prompt' in request && typeof request.prompt === 'string' ? request.prompt : ''
  }
  const content: unknown = request.messages.findLast(({ role }) => role === 'user')?.content
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  const texts = content.map((part: { text?: unknown }) => part.text)
  return texts.filter((text) => typeof text === 'string').join('\n')
}
