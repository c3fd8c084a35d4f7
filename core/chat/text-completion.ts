import type { TokenUsage } from './completion.ts'
import type { RequestExtra } from './request.ts'

/** OpenAI's older completion request: a prompt in, text out. */
export interface TextCompletionRequest {
  model: string
  prompt: string | string[] | number[] | number[][]
  stream?: boolean | null
  stream_options?: { include_usage?: boolean; [field: string]: unknown } | null
  max_tokens?: number | null
  router?: unknown
  extra?: RequestExtra
  [field: string]: unknown
}

/** The answer, and (with the same `object`) each event of a streamed one. */
export interface TextCompletion {
  id: string
  object: 'text_completion'
  created: number
  model: string
  choices: TextChoice[]
  usage?: TokenUsage | null
  [field: string]: unknown
}

export interface TextChoice {
  index: number
  text: string
  finish_reason: string | null
  logprobs?: unknown
}
