import type { AnyRequest, RecordedExchange } from '#core'
import { inputTokens } from '#core'

const MOST_WORDS = 100_000

/** A request of the past as it can be routed again: its body where it was kept. */
export interface PastRequest {
  readonly request: AnyRequest
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Makes a request of what the ledger knows. Without a body it has the recorded model, user and
 * stream, and a text of as many words as there were input tokens, for routers that look at length.
 */
export function pastRequest(exchange: RecordedExchange): PastRequest {
  const { label, tags, request } = exchange
  const headers: Record<string, string> = {}
  const tagList = Object.entries(tags).map(([name, value]) => `${name}=${value}`)
  if (tagList.length > 0) headers['x-tags'] = tagList.join('&')
  if (label !== null) headers['x-label'] = label
  return { headers, request: request ?? requestFromFeatures(exchange) }
}

function requestFromFeatures(exchange: RecordedExchange): AnyRequest {
  const { tokens, operation, isStream: stream, userId } = exchange
  const words = Math.min(tokens ? inputTokens(tokens) : 1, MOST_WORDS)
  const text = 'word '.repeat(Math.max(1, words)).trimEnd()
  const model = exchange.requestedModel ?? 'unknown'
  const user = userId === null ? {} : { user: userId }
  if (operation === 'embeddings') return { model, input: text, ...user }
  if (operation === 'completions') return { model, prompt: text, stream, ...user }
  return { model, messages: [{ role: 'user', content: text }], stream, ...user }
}
