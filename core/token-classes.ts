import type { TokenUsage } from './chat/completion.ts'
import type { TokenClasses } from './usage-record.ts'

/** The usage of an answer in classes that never overlap, whatever the upstream's numbers claim. */
export function toTokenClasses(usage: TokenUsage): TokenClasses {
  const prompt = count(usage.prompt_tokens)
  const details = usage.prompt_tokens_details
  const [cachedInput, afterCached] = take(details?.cached_tokens, prompt)
  const [cacheWrite, afterWrite] = take(details?.cache_creation_tokens, afterCached)
  const [audioInput, input] = take(details?.audio_tokens, afterWrite)

  const completion = count(usage.completion_tokens)
  const outputDetails = usage.completion_tokens_details
  const [reasoning, afterReasoning] = take(outputDetails?.reasoning_tokens, completion)
  const [audioOutput, output] = take(outputDetails?.audio_tokens, afterReasoning)
  return { input, cachedInput, cacheWrite, audioInput, output, reasoning, audioOutput }
}

/** A part of a total, never more than the total, and what is left of it. */
function take(part: unknown, total: number): [taken: number, rest: number] {
  const taken = Math.min(count(part), total)
  return [taken, total - taken]
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0
}

/** All tokens that went in. */
export function inputTokens(tokens: TokenClasses): number {
  return tokens.input + tokens.cachedInput + tokens.cacheWrite + tokens.audioInput
}

/** All tokens that came out. */
export function outputTokens(tokens: TokenClasses): number {
  return tokens.output + tokens.reasoning + tokens.audioOutput
}
