import { estimateTokenCount } from 'tokenx'

import type { Demanding } from './needs.ts'

const MOST_BYTES_OF_A_LETTER = 3

/**
 * Tells whether a request fits a context window, in tokens. It is measured once, when that is in
 * doubt. `body`: all of it as it came, if it did.
 */
export function createLengthCheck(
  request: Demanding,
  body: string | undefined,
): (contextWindow: number) => boolean {
  let text: string | undefined
  let tokens: number | undefined
  return (contextWindow) => {
    // A token is at least one byte, and bytes are counted a thousand times faster.
    if (body !== undefined && hasAtMost(contextWindow, body)) return true
    text ??= textOf(request)
    if (hasAtMost(contextWindow, text)) return true
    tokens ??= estimateTokenCount(text)
    return tokens <= contextWindow
  }
}

function hasAtMost(bytes: number, text: string): boolean {
  return text.length * MOST_BYTES_OF_A_LETTER <= bytes || Buffer.byteLength(text) <= bytes
}

/** All that a model would read, without images, sounds and files. */
function textOf({ messages = [], tools }: Demanding): string {
  const texts = messages.flatMap(({ content }) => {
    if (typeof content === 'string') return [content]
    return (content ?? []).flatMap((part) =>
      'text' in part && typeof part.text === 'string' ? [part.text] : [],
    )
  })
  return [...texts, tools ? JSON.stringify(tools) : ''].join('\n')
}
