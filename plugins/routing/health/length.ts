import { estimateTokenCount } from 'tokenx'

import type { Demanding } from './needs.ts'

const MOST_BYTES_OF_A_LETTER = 3

/** Tells whether a request fits a context window, in tokens. It is measured once, when that is in doubt. */
export function createLengthCheck(
  request: Demanding,
  bodyBytes: number | undefined,
): (contextWindow: number) => boolean {
  let text: string | undefined
  let tokens: number | undefined
  return (contextWindow) => {
    // A token is at least one byte, and bytes are counted a thousand times faster.
    if (bodyBytes !== undefined && bodyBytes <= contextWindow) return true
    text ??= textOf(request)
    if (text.length * MOST_BYTES_OF_A_LETTER <= contextWindow) return true
    tokens ??= estimateTokenCount(text)
    return tokens <= contextWindow
  }
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
