/**
 * The canonical chat request: OpenAI's chat completion request, a superset of it.
 * Fields the gateway does not know pass through to the provider as they came.
 * Shapes follow https://platform.openai.com/docs/api-reference/chat/create.
 */
export interface ChatRequest {
  model: string
  messages: ChatMessage[]
  temperature?: number | null
  top_p?: number | null
  top_k?: number | null
  n?: number | null
  /** Superseded upstream by `max_completion_tokens`; providers accept one of the two. */
  max_tokens?: number | null
  max_completion_tokens?: number | null
  stop?: string | string[] | null
  presence_penalty?: number | null
  frequency_penalty?: number | null
  seed?: number | null
  user?: string
  tools?: ToolDefinition[]
  tool_choice?: ToolChoice
  parallel_tool_calls?: boolean
  response_format?: ResponseFormat
  reasoning_effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh'
  /** Anthropic's own switch for reasoning; OpenAI's is `reasoning_effort`. */
  thinking?: { type: string; budget_tokens?: number; [field: string]: unknown }
  stream?: boolean | null
  stream_options?: { include_usage?: boolean; [field: string]: unknown } | null
  router?: unknown
  extra?: RequestExtra
  mcp_servers?: unknown
  max_retries?: number
  fallbacks?: unknown
  [field: string]: unknown
}

/** What a client tells the gateway beside the request for the model. */
export interface RequestExtra {
  user?: { id?: string; name?: string; email?: string; tags?: string[]; [field: string]: unknown }
  /** Guards asked for by id, or by id with parameters that override the guard's own. */
  guards?: (string | { id: string; parameters?: Record<string, unknown> })[]
  variables?: Record<string, unknown>
  session_id?: string
  /** Lowers the limits of the gateway's tools; `max_cost` in USD. */
  mcp?: { max_turns?: number | null; max_calls?: number | null; max_cost?: number | null } | null
  [field: string]: unknown
}

export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage

export interface SystemMessage {
  role: 'system' | 'developer'
  content: string | TextPart[]
  name?: string
}

export interface UserMessage {
  role: 'user'
  content: string | ContentPart[]
  name?: string
}

export interface AssistantMessage {
  role: 'assistant'
  content?: string | ContentPart[] | null
  refusal?: string | null
  name?: string
  tool_calls?: ToolCall[]
  /** The reasoning in words, as DeepSeek, vLLM and OpenRouter name it. */
  reasoning_content?: string | null
  /** The reasoning as the provider signed it: sent back unchanged on the next turn. */
  reasoning_details?: ReasoningDetail[]
  /** What a provider wants back with this message on the next turn, by the provider's name. */
  extra_content?: Record<string, unknown>
}

export interface ToolMessage {
  role: 'tool' | 'function'
  content: string | ContentPart[] | null
  tool_call_id?: string
  name?: string
}

export type ContentPart =
  | TextPart
  | ImagePart
  | AudioPart
  | FilePart
  | RefusalPart
  | { type: string; [field: string]: unknown }

export interface TextPart {
  type: 'text'
  text: string
  /** Where the provider's prompt cache may cut (Anthropic): kept in place, in order. */
  cache_control?: CacheControl
}

export interface ImagePart {
  type: 'image_url'
  /** `url` is an `https:` address or a `data:` URL. */
  image_url: { url: string; detail?: 'auto' | 'low' | 'high' }
  cache_control?: CacheControl
}

export interface AudioPart {
  type: 'input_audio'
  input_audio: { data: string; format: string }
  cache_control?: CacheControl
}

export interface FilePart {
  type: 'file'
  /** `file_data` is a `data:` URL. */
  file: { file_data?: string; file_id?: string; filename?: string }
  cache_control?: CacheControl
}

export interface RefusalPart {
  type: 'refusal'
  refusal: string
}

export interface CacheControl {
  type: 'ephemeral'
  ttl?: '5m' | '1h'
}

export interface ToolCall {
  id: string
  type: 'function'
  function: { name: string; /** JSON text, as the model wrote it. */ arguments: string }
  /** What a provider wants back with this call on the next turn (Gemini's `thought_signature`). */
  extra_content?: Record<string, unknown>
}

/** One piece of reasoning as its provider gave it; `type`, `signature` and `data` go back untouched. */
export interface ReasoningDetail {
  /** `reasoning.text` (words, maybe signed) or `reasoning.encrypted` (only `data`). */
  type: 'reasoning.text' | 'reasoning.encrypted' | 'reasoning.summary'
  text?: string
  signature?: string | null
  data?: string
  /** Whose it is: `anthropic-claude-v1`, `google-gemini-v1`, …: only its own provider gets it back. */
  format?: string
  index?: number
  /** What of the message stood before it, where it was not first: models think between texts and calls. */
  after?: { characters: number; tool_calls: number }
}

export interface ToolDefinition {
  type: 'function'
  function: {
    name: string
    description?: string
    parameters?: Record<string, unknown>
    strict?: boolean | null
  }
  cache_control?: CacheControl
}

export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function'; function: { name: string } }
  | { type: string; [field: string]: unknown }

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema'
      json_schema: {
        name: string
        description?: string
        schema?: Record<string, unknown>
        strict?: boolean | null
      }
    }
