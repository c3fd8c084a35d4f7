import type { ReasoningDetail, ToolCall } from './request.ts'

/** The canonical answer: OpenAI's chat completion object. */
export interface ChatCompletion {
  id: string
  object: 'chat.completion'
  /** Unix seconds. */
  created: number
  model: string
  choices: ChatChoice[]
  usage?: TokenUsage | null
  service_tier?: string | null
  system_fingerprint?: string | null
  [field: string]: unknown
}

export interface ChatChoice {
  index: number
  message: AnswerMessage
  finish_reason: FinishReason
  logprobs?: unknown
}

export interface AnswerMessage {
  role: 'assistant'
  content: string | null
  refusal?: string | null
  tool_calls?: ToolCall[]
  reasoning_content?: string | null
  reasoning_details?: ReasoningDetail[]
  [field: string]: unknown
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'function_call'

/** Tokens as OpenAI counts them: the details are parts of the two totals, not additions to them. */
export interface TokenUsage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
  prompt_tokens_details?: {
    /** Read from the provider's prompt cache. */
    cached_tokens?: number
    /** Written to the provider's prompt cache. */
    cache_creation_tokens?: number
    /** Of them, written to stay for an hour, where the provider tells. */
    cache_creation_1h_tokens?: number
    audio_tokens?: number
    [field: string]: unknown
  } | null
  completion_tokens_details?: {
    reasoning_tokens?: number
    audio_tokens?: number
    accepted_prediction_tokens?: number
    rejected_prediction_tokens?: number
    [field: string]: unknown
  } | null
  [field: string]: unknown
}

/** One event of a streamed answer. The last one holds the usage and no choices. */
export interface ChatChunk {
  id: string
  object: 'chat.completion.chunk'
  created: number
  model: string
  choices: ChunkChoice[]
  usage?: TokenUsage | null
  [field: string]: unknown
}

export interface ChunkChoice {
  index: number
  delta: ChunkDelta
  finish_reason: FinishReason | null
  logprobs?: unknown
}

export interface ChunkDelta {
  role?: 'assistant'
  content?: string | null
  refusal?: string | null
  tool_calls?: ToolCallDelta[]
  reasoning_content?: string | null
  reasoning_details?: ReasoningDetail[]
  [field: string]: unknown
}

/** A piece of a tool call: the first one has `id` and `function.name`, the rest add arguments. */
export interface ToolCallDelta {
  index: number
  id?: string
  type?: 'function'
  function?: { name?: string; arguments?: string }
  extra_content?: Record<string, unknown>
}
