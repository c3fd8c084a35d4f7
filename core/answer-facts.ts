import type { TokenUsage } from './chat/completion.ts'
import { finishReasonOf } from './finish.ts'
import { inOnePiece } from './one-piece.ts'
import type { Payload } from './payload.ts'
import type { AnyAnswer } from './provider.ts'

/** What the ledger wants to know of a whole answer. */
export interface AnswerFacts {
  readonly usage: TokenUsage | null | undefined
  readonly finishReason: string | null
}

/** Reads them out of the text where it is not parsed anyway, which is a good part cheaper. */
export function answerFacts(payload: Payload<AnyAnswer>): AnswerFacts {
  const usage = payload.isParsed ? undefined : findUsage(payload.text)
  if (usage) return { usage, finishReason: findFinishReason(payload.text) }
  const { value } = payload
  return {
    usage: value.usage as TokenUsage | null | undefined,
    finishReason: finishReasonOf(value as { choices?: unknown }),
  }
}

const USAGE_KEY = '"usage"'
const FINISH_KEY = '"finish_reason"'

/** The last object called `usage`. Inside a text of the answer the quotes of its name are escaped. */
function findUsage(text: string): TokenUsage | undefined {
  const key = text.lastIndexOf(USAGE_KEY)
  if (key === -1) return undefined
  const start = text.indexOf('{', key)
  const between = text.slice(key + USAGE_KEY.length, start).trim()
  if (start === -1 || between !== ':') return undefined
  const end = endOfObject(text, start)
  try {
    return JSON.parse(text.slice(start, end)) as TokenUsage
  } catch {
    return undefined
  }
}

/** The index after the brace that closes an object without braces in its texts. */
function endOfObject(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    if (letter === 0x7b) depth++
    else if (letter === 0x7d && --depth === 0) return at + 1
  }
  return text.length
}

function findFinishReason(text: string): string | null {
  const key = text.indexOf(FINISH_KEY)
  if (key === -1) return null
  const start = text.indexOf('"', key + FINISH_KEY.length)
  if (start === -1 || text.slice(key + FINISH_KEY.length, start).trim() !== ':') return null
  const end = text.indexOf('"', start + 1)
  return end === -1 ? null : inOnePiece(text.slice(start + 1, end))
}
