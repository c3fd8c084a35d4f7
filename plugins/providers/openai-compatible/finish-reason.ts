import { GatewayError, type FinishReason } from '#core'

const KNOWN: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool_calls',
  content_filter: 'content_filter',
  function_call: 'function_call',
  // Together and others, for the token that ends a text.
  eos: 'stop',
  // Mistral, when the context window is full.
  model_length: 'length',
}

/** Why a model stopped, in OpenAI's words; undefined while it has not. Throws when it broke down. */
export function toFinishReason(value: unknown, title: string): FinishReason | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  if (value === 'error') throw new GatewayError('upstream_error', `${title} broke off its answer.`)
  return KNOWN[value] ?? 'stop'
}
