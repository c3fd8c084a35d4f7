import type { Wire } from '#core'
import {
  azure,
  cerebras,
  deepseek,
  fireworks,
  groq,
  lmstudio,
  mistral,
  nvidia,
  ollama,
  openai,
  openrouter,
  perplexity,
  together,
  vllm,
  xai,
} from '#plugins/providers/openai-compatible'

import { configuredProvider } from '../../../helpers/configured-provider.ts'

/** The known providers by name. */
export const KNOWN = {
  azure,
  cerebras,
  deepseek,
  fireworks,
  groq,
  lmstudio,
  mistral,
  nvidia,
  ollama,
  openai,
  openrouter,
  perplexity,
  together,
  vllm,
  xai,
} as const

export type Name = keyof typeof KNOWN

/** How chat with the provider is translated. */
export function chatWire(name: Name): Wire<'chat'> {
  const { chat } = configuredProvider(KNOWN[name]())
  if (!chat || !('path' in chat)) throw new Error('A wire is expected.')
  return chat
}
