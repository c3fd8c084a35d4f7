import type { TokenUsage } from './chat/completion.ts'

/** Token counts in classes that never overlap: their sum is what was used. */
export interface TokenClasses {
  /** Text and images in, neither from nor to the prompt cache. */
  readonly input: number
  readonly cachedInput: number
  /** Written to the prompt cache, to stay there for the usual time. */
  readonly cacheWrite: number
  /** Written to it for an hour, which some providers charge more for. */
  readonly cacheWrite1h: number
  readonly audioInput: number
  /** Text out, without reasoning. */
  readonly output: number
  readonly reasoning: number
  readonly audioOutput: number
}

/** The usage of an answer in classes that never overlap, whatever the upstream's numbers claim. */
export function toTokenClasses(usage: TokenUsage): TokenClasses {
  const prompt = count(usage.prompt_tokens)
  const details = usage.prompt_tokens_details
  const cachedInput = partOf(prompt, details?.cached_tokens)
  const written = partOf(prompt - cachedInput, details?.cache_creation_tokens)
  const cacheWrite1h = partOf(written, details?.cache_creation_1h_tokens)
  const cacheWrite = written - cacheWrite1h
  const audioInput = partOf(prompt - cachedInput - written, details?.audio_tokens)
  const input = prompt - cachedInput - written - audioInput

  const completion = count(usage.completion_tokens)
  const outputDetails = usage.completion_tokens_details
  const reasoning = partOf(completion, outputDetails?.reasoning_tokens)
  const audioOutput = partOf(completion - reasoning, outputDetails?.audio_tokens)
  const output = completion - reasoning - audioOutput
  return {
    input,
    cachedInput,
    cacheWrite,
    cacheWrite1h,
    audioInput,
    output,
    reasoning,
    audioOutput,
  }
}

/** What an upstream claims to be a part of a total: never more than all of it. */
function partOf(total: number, claimed: unknown): number {
  return Math.min(count(claimed), total)
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0
}

/** All tokens that went in. */
export function inputTokens(tokens: TokenClasses): number {
  return tokens.input + tokens.cachedInput + cacheWrites(tokens) + tokens.audioInput
}

/** All tokens that were written to the prompt cache. */
export function cacheWrites(tokens: TokenClasses): number {
  return tokens.cacheWrite + tokens.cacheWrite1h
}

/** All tokens that came out. */
export function outputTokens(tokens: TokenClasses): number {
  return tokens.output + tokens.reasoning + tokens.audioOutput
}

/** The tokens of two answers together. */
export function addTokens(one: TokenClasses, other: TokenClasses): TokenClasses {
  return {
    input: one.input + other.input,
    cachedInput: one.cachedInput + other.cachedInput,
    cacheWrite: one.cacheWrite + other.cacheWrite,
    cacheWrite1h: one.cacheWrite1h + other.cacheWrite1h,
    audioInput: one.audioInput + other.audioInput,
    output: one.output + other.output,
    reasoning: one.reasoning + other.reasoning,
    audioOutput: one.audioOutput + other.audioOutput,
  }
}
