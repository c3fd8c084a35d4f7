import { GatewayError } from './errors.ts'
import type { ToolAnswer } from './tool-call.ts'

/** What a server itself said in a fault, as `details.mcp` has it. */
interface ServerWords {
  readonly code: unknown
  readonly message: string
  readonly data?: unknown
}

/** Whether a fault tells what a server itself said. */
export function tellsServerWords(fault: unknown): fault is GatewayError {
  return fault instanceof GatewayError && wordsOf(fault) !== undefined
}

/**
 * The fault as the guards leave it: a server's error is as much its text as a result is, and a model
 * or a client reads it just the same. Throws what `review` throws.
 */
export async function reviewToolFault(
  fault: GatewayError,
  review: (answer: ToolAnswer) => Promise<ToolAnswer>,
): Promise<GatewayError> {
  const words = wordsOf(fault)
  if (!words) return fault
  const data = words.data === undefined ? undefined : JSON.stringify(words.data)
  const texts = data === undefined ? [words.message] : [words.message, data]
  const { content } = await review({
    content: texts.map((text) => ({ type: 'text', text })),
    isError: true,
  })
  const read = content.map((item) => (item.type === 'text' ? item.text : ''))
  if (read.every((text, index) => text === texts[index])) return fault
  const [message = '', readData] = read
  const kept = readData === undefined ? undefined : parsed(readData)
  return new GatewayError(fault.code, rewritten(fault.message, words.message, message), {
    ...(fault.param === null ? {} : { param: fault.param }),
    details: {
      ...fault.details,
      mcp: { code: words.code, message, ...(kept === undefined ? {} : { data: kept }) },
    },
    ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
    ...(fault.shouldRetry === undefined ? {} : { shouldRetry: fault.shouldRetry }),
  })
}

function wordsOf({ details }: GatewayError): ServerWords | undefined {
  const said = details['mcp']
  if (typeof said !== 'object' || said === null) return undefined
  const { code, message, data } = said as Partial<Record<keyof ServerWords, unknown>>
  return typeof message === 'string' ? { code, message, data } : undefined
}

/** The gateway's own words stay around those of the server. */
function rewritten(text: string, from: string, to: string): string {
  return from !== '' && text.endsWith(from) ? text.slice(0, -from.length) + to : to
}

/** What a guard made of it need not be JSON any more: then it is left out. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
