import { reasoningIsCountedApart, reasoningIsNamedReasoning } from './answer-quirks.ts'
import { mistralEmbeddings, mistralMessages, thinkingIsAPart } from './mistral.ts'
import type { Preset } from './preset.ts'
import {
  developerAsSystem,
  knowsOnly,
  leavesOut,
  limitAsMaxTokens,
  reasoningBackAsReasoning,
  refuses,
  renames,
  schemaAsInstruction,
  usageComesUnasked,
  withoutNulls,
} from './request-quirks.ts'

const CHAT = '/chat/completions'
const COMPLETIONS = '/completions'
const EMBEDDINGS = '/embeddings'
const MODELS = '/models'

/** Hints to OpenAI's own service and Anthropic's switches: the answer is as good without them. */
const FOREIGN_HINTS = [
  'store',
  'verbosity',
  'safety_identifier',
  'prompt_cache_retention',
  'thinking',
]

/** Models are loaded into memory when the first request comes. */
const LOADS_ON_DEMAND = { firstByteMs: 300_000 }

/** Every provider that is known to speak OpenAI's API. */
export const PRESETS = {
  // https://platform.openai.com/docs/api-reference
  openai: {
    name: 'openai',
    title: 'OpenAI',
    baseUrl: 'https://api.openai.com/v1',
    keyVariables: ['OPENAI_API_KEY'],
    urlVariables: ['OPENAI_BASE_URL'],
    headerVariables: {
      'openai-organization': 'OPENAI_ORG_ID',
      'openai-project': 'OPENAI_PROJECT_ID',
    },
    paths: { chat: CHAT, completions: COMPLETIONS, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
  },
  // Refuses messages with unknown fields. https://console.groq.com/docs/api-reference
  groq: {
    name: 'groq',
    title: 'Groq',
    baseUrl: 'https://api.groq.com/openai/v1',
    keyVariables: ['GROQ_API_KEY'],
    urlVariables: ['GROQ_BASE_URL'],
    paths: { chat: CHAT },
    modelsPath: MODELS,
    requestQuirks: [
      withoutNulls,
      leavesOut(...FOREIGN_HINTS),
      developerAsSystem,
      reasoningBackAsReasoning,
      knowsOnly('reasoning'),
    ],
    answerQuirks: [reasoningIsNamedReasoning],
  },
  // Refuses every unknown field with 422; usage comes with a stream's last event unasked.
  mistral: {
    name: 'mistral',
    title: 'Mistral',
    baseUrl: 'https://api.mistral.ai/v1',
    keyVariables: ['MISTRAL_API_KEY'],
    urlVariables: ['MISTRAL_BASE_URL'],
    paths: { chat: CHAT, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
    hasStreamOptions: false,
    requestQuirks: [
      withoutNulls,
      refuses('Mistral', 'logprobs', 'top_logprobs', 'audio', 'functions'),
      leavesOut(
        ...FOREIGN_HINTS,
        'user',
        'service_tier',
        'logit_bias',
        'top_k',
        'function_call',
        'web_search_options',
        'modalities',
      ),
      usageComesUnasked,
      limitAsMaxTokens,
      renames('seed', 'random_seed'),
      developerAsSystem,
      mistralMessages,
      knowsOnly('prefix'),
    ],
    answerQuirks: [thinkingIsAPart],
    embeddingBody: mistralEmbeddings,
  },
  // https://api-docs.deepseek.com
  deepseek: {
    name: 'deepseek',
    title: 'DeepSeek',
    baseUrl: 'https://api.deepseek.com',
    keyVariables: ['DEEPSEEK_API_KEY'],
    urlVariables: ['DEEPSEEK_BASE_URL'],
    paths: { chat: CHAT, completions: '/beta/completions' },
    modelsPath: MODELS,
    requestQuirks: [limitAsMaxTokens, developerAsSystem, schemaAsInstruction],
  },
  // https://docs.x.ai/developers/rest-api-reference/inference
  xai: {
    name: 'xai',
    title: 'xAI',
    catalogueName: 'x-ai',
    baseUrl: 'https://api.x.ai/v1',
    keyVariables: ['XAI_API_KEY'],
    urlVariables: ['XAI_BASE_URL'],
    paths: { chat: CHAT, completions: COMPLETIONS },
    modelsPath: MODELS,
    answerQuirks: [reasoningIsCountedApart],
  },
  // https://docs.together.ai/reference/chat-completions-1
  together: {
    name: 'together',
    title: 'Together AI',
    baseUrl: 'https://api.together.xyz/v1',
    keyVariables: ['TOGETHER_API_KEY', 'TOGETHERAI_API_KEY'],
    urlVariables: ['TOGETHER_BASE_URL'],
    paths: { chat: CHAT, completions: COMPLETIONS, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
    requestQuirks: [limitAsMaxTokens, developerAsSystem, reasoningBackAsReasoning],
    answerQuirks: [reasoningIsNamedReasoning],
  },
  // Refuses unknown fields: "Extra inputs are not permitted". https://docs.fireworks.ai/api-reference
  fireworks: {
    name: 'fireworks',
    title: 'Fireworks',
    baseUrl: 'https://api.fireworks.ai/inference/v1',
    keyVariables: ['FIREWORKS_API_KEY', 'FIREWORKS_AI_API_KEY'],
    urlVariables: ['FIREWORKS_BASE_URL'],
    paths: { chat: CHAT, completions: COMPLETIONS, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
    requestQuirks: [
      withoutNulls,
      leavesOut('store', 'verbosity', 'safety_identifier', 'prompt_cache_retention'),
      developerAsSystem,
      knowsOnly('name', 'reasoning_content'),
    ],
  },
  // Translates for the providers behind it. https://openrouter.ai/docs/api-reference
  openrouter: {
    name: 'openrouter',
    title: 'OpenRouter',
    baseUrl: 'https://openrouter.ai/api/v1',
    keyVariables: ['OPENROUTER_API_KEY'],
    urlVariables: ['OPENROUTER_BASE_URL'],
    paths: { chat: CHAT, completions: COMPLETIONS, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
    answerQuirks: [reasoningIsNamedReasoning],
  },
  // Searches instead of calling tools. https://docs.perplexity.ai/api-reference/chat-completions-post
  perplexity: {
    name: 'perplexity',
    title: 'Perplexity',
    baseUrl: 'https://api.perplexity.ai',
    keyVariables: ['PERPLEXITY_API_KEY', 'PERPLEXITYAI_API_KEY'],
    urlVariables: ['PERPLEXITY_BASE_URL'],
    paths: { chat: CHAT },
    models: ['sonar', 'sonar-pro', 'sonar-reasoning-pro', 'sonar-deep-research'],
    hasStreamOptions: false,
    requestQuirks: [
      refuses('Perplexity', 'tools', 'functions', 'logprobs', 'top_logprobs', 'audio'),
      leavesOut(
        ...FOREIGN_HINTS,
        'tool_choice',
        'parallel_tool_calls',
        'stop',
        'seed',
        'logit_bias',
        'service_tier',
      ),
      usageComesUnasked,
      limitAsMaxTokens,
      developerAsSystem,
      knowsOnly(),
    ],
    answerQuirks: [],
  },
  // Refuses unknown fields: "wrong_api_format". https://inference-docs.cerebras.ai/api-reference
  cerebras: {
    name: 'cerebras',
    title: 'Cerebras',
    baseUrl: 'https://api.cerebras.ai/v1',
    keyVariables: ['CEREBRAS_API_KEY'],
    urlVariables: ['CEREBRAS_BASE_URL'],
    paths: { chat: CHAT, completions: COMPLETIONS },
    modelsPath: MODELS,
    requestQuirks: [
      withoutNulls,
      refuses('Cerebras', 'audio', 'functions'),
      leavesOut(
        ...FOREIGN_HINTS,
        'metadata',
        'top_k',
        'function_call',
        'web_search_options',
        'modalities',
      ),
      developerAsSystem,
      reasoningBackAsReasoning,
      knowsOnly('name', 'reasoning'),
    ],
    answerQuirks: [reasoningIsNamedReasoning],
  },
  // https://docs.api.nvidia.com/nim/reference/llm-apis
  nvidia: {
    name: 'nvidia',
    title: 'NVIDIA NIM',
    baseUrl: 'https://integrate.api.nvidia.com/v1',
    keyVariables: ['NVIDIA_API_KEY', 'NVIDIA_NIM_API_KEY'],
    urlVariables: ['NVIDIA_BASE_URL'],
    paths: { chat: CHAT, completions: COMPLETIONS, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
    requestQuirks: [leavesOut('store'), limitAsMaxTokens, developerAsSystem],
    answerQuirks: [reasoningIsNamedReasoning],
  },
  // Overlooks what it does not know. https://docs.ollama.com/api/openai-compatibility
  ollama: {
    name: 'ollama',
    title: 'Ollama',
    keyVariables: ['OLLAMA_API_KEY'],
    urlVariables: ['OLLAMA_BASE_URL', 'OLLAMA_HOST'],
    needsKey: false,
    serverPort: 11434,
    paths: { chat: CHAT, completions: COMPLETIONS, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
    timeouts: LOADS_ON_DEMAND,
    requestQuirks: [limitAsMaxTokens, developerAsSystem, reasoningBackAsReasoning],
    answerQuirks: [reasoningIsNamedReasoning],
  },
  // https://docs.vllm.ai/en/latest/serving/openai_compatible_server
  vllm: {
    name: 'vllm',
    title: 'vLLM',
    keyVariables: ['VLLM_API_KEY'],
    urlVariables: ['VLLM_BASE_URL'],
    needsKey: false,
    serverPort: 8000,
    paths: { chat: CHAT, completions: COMPLETIONS, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
    answerQuirks: [reasoningIsNamedReasoning],
  },
  // https://lmstudio.ai/docs/developer/openai-compat
  lmstudio: {
    name: 'lmstudio',
    title: 'LM Studio',
    keyVariables: ['LMSTUDIO_API_KEY'],
    urlVariables: ['LMSTUDIO_BASE_URL'],
    needsKey: false,
    serverPort: 1234,
    paths: { chat: CHAT, completions: COMPLETIONS, embeddings: EMBEDDINGS },
    modelsPath: MODELS,
    timeouts: LOADS_ON_DEMAND,
    requestQuirks: [limitAsMaxTokens, developerAsSystem],
    answerQuirks: [reasoningIsNamedReasoning],
  },
} as const satisfies Readonly<Record<string, Preset>>
