import type { RequestExtra } from './request.ts'

/** OpenAI's embedding request. */
export interface EmbeddingRequest {
  model: string
  input: string | string[] | number[] | number[][]
  /** `base64` is little-endian 32-bit floats; the official SDKs ask for it by default. */
  encoding_format?: 'float' | 'base64'
  dimensions?: number
  user?: string
  router?: unknown
  extra?: RequestExtra
  [field: string]: unknown
}

export interface EmbeddingList {
  object: 'list'
  data: Embedding[]
  model: string
  /** Absent where the provider does not count. */
  usage?: { prompt_tokens: number; total_tokens: number; [field: string]: unknown }
  [field: string]: unknown
}

export interface Embedding {
  object: 'embedding'
  index: number
  embedding: number[] | string
}
