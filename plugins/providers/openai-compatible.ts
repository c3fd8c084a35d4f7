import { definePlugin } from '#core'

import { azurePreset } from './openai-compatible/azure.ts'
import { AZURE_SCHEMA, COMPATIBLE_SCHEMA, PRESET_SCHEMA } from './openai-compatible/options.ts'
import type { Preset } from './openai-compatible/preset.ts'
import { PRESETS } from './openai-compatible/presets.ts'
import { createProvider } from './openai-compatible/provider.ts'

/** Any provider that speaks OpenAI's API, by its base URL. Bytes go through as they are. */
export const openaiCompatible = definePlugin({
  name: 'openai-compatible',
  schema: COMPATIBLE_SCHEMA,
  setup({ options, environment }) {
    const preset: Preset = {
      name: options.name,
      title: options.title ?? options.name,
      ...(options.catalogueName !== undefined && { catalogueName: options.catalogueName }),
      hasStreamOptions: options.hasStreamOptions,
      keyVariables: [],
      needsKey: false,
      urlVariables: [],
      paths: PRESETS.openai.paths,
      modelsPath: PRESETS.openai.modelsPath,
    }
    return { providers: [createProvider(preset, options, environment)] }
  },
})

/**
 * Azure OpenAI: AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT. Its v1 API, or with `apiVersion` (or
 * AZURE_OPENAI_API_VERSION) the classic one.
 */
export const azure = definePlugin({
  name: 'azure',
  schema: AZURE_SCHEMA,
  setup({ options, environment }) {
    const preset = azurePreset(options, environment)
    return {
      providers: [createProvider(preset, { ...options, baseUrl: preset.baseUrl }, environment)],
    }
  },
})

const define = (preset: Preset) =>
  definePlugin({
    name: preset.name,
    schema: PRESET_SCHEMA,
    setup: ({ options, environment }) => ({
      providers: [createProvider(preset, options, environment)],
    }),
  })

/** OpenAI: OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_ORG_ID, OPENAI_PROJECT_ID. */
export const openai = define(PRESETS.openai)
/** Groq: GROQ_API_KEY, GROQ_BASE_URL. */
export const groq = define(PRESETS.groq)
/** Mistral: MISTRAL_API_KEY, MISTRAL_BASE_URL. */
export const mistral = define(PRESETS.mistral)
/** DeepSeek: DEEPSEEK_API_KEY, DEEPSEEK_BASE_URL. */
export const deepseek = define(PRESETS.deepseek)
/** xAI: XAI_API_KEY, XAI_BASE_URL. */
export const xai = define(PRESETS.xai)
/** Together AI: TOGETHER_API_KEY, TOGETHER_BASE_URL. */
export const together = define(PRESETS.together)
/** Fireworks: FIREWORKS_API_KEY, FIREWORKS_BASE_URL. */
export const fireworks = define(PRESETS.fireworks)
/** OpenRouter: OPENROUTER_API_KEY, OPENROUTER_BASE_URL. */
export const openrouter = define(PRESETS.openrouter)
/** Perplexity: PERPLEXITY_API_KEY, PERPLEXITY_BASE_URL. */
export const perplexity = define(PRESETS.perplexity)
/** Cerebras: CEREBRAS_API_KEY, CEREBRAS_BASE_URL. */
export const cerebras = define(PRESETS.cerebras)
/** NVIDIA NIM: NVIDIA_API_KEY, NVIDIA_BASE_URL. */
export const nvidia = define(PRESETS.nvidia)
/** Ollama: off until OLLAMA_BASE_URL or OLLAMA_HOST is set; OLLAMA_API_KEY where it wants one. */
export const ollama = define(PRESETS.ollama)
/** vLLM: off until VLLM_BASE_URL is set; VLLM_API_KEY where it wants one. */
export const vllm = define(PRESETS.vllm)
/** LM Studio: off until LMSTUDIO_BASE_URL is set; LMSTUDIO_API_KEY where it wants one. */
export const lmstudio = define(PRESETS.lmstudio)
