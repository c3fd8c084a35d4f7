import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { jsonSchema } from '#plugins/guards/json-schema'
import { keywords } from '#plugins/guards/keywords'
import { regex } from '#plugins/guards/regex'
import { wordCount } from '#plugins/guards/word-count'
import { anthropic } from '#plugins/providers/anthropic'
import { demo } from '#plugins/providers/demo'
import { google } from '#plugins/providers/google'
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
import { ledger } from '#plugins/usage/ledger'

export default defineConfig({
  plugins: [
    // A provider is on as soon as the environment has its key or address: OPENAI_API_KEY, …
    openai(),
    anthropic(),
    google(),
    azure(),
    groq(),
    mistral(),
    deepseek(),
    xai(),
    together(),
    fireworks(),
    openrouter(),
    perplexity(),
    cerebras(),
    nvidia(),
    ollama(),
    vllm(),
    lmstudio(),
    demo(),

    // Who may call, and what was used.
    accounts(),
    ledger(),

    // These run for requests that name them: { "extra": { "guards": ["word-count"] } }.
    keywords({ words: ['project bluebird'], apply: 'on-request' }),
    regex({ patterns: ['^[^<>]*$'], apply: 'on-request' }),
    wordCount({ maxWords: 2000, apply: 'on-request' }),
    jsonSchema({ schema: { type: 'object' }, apply: 'on-request' }),
  ],
})
