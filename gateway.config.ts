import { defineConfig } from '#config'
import { accounts } from '#plugins/access/accounts'
import { exactCache } from '#plugins/cache/exact'
import { codeBlock } from '#plugins/guards/code-block'
import { competitors } from '#plugins/guards/competitors'
import { dataset } from '#plugins/guards/dataset'
import { guards } from '#plugins/guards/guards'
import { jsonSchema } from '#plugins/guards/json-schema'
import { keywords } from '#plugins/guards/keywords'
import { language } from '#plugins/guards/language'
import { length } from '#plugins/guards/length'
import { llamaGuard } from '#plugins/guards/llama-guard'
import { llmJudge } from '#plugins/guards/llm-judge'
import { moderation } from '#plugins/guards/moderation'
import { pii } from '#plugins/guards/pii'
import { profanity } from '#plugins/guards/profanity'
import { promptInjection } from '#plugins/guards/prompt-injection'
import { regex } from '#plugins/guards/regex'
import { secrets } from '#plugins/guards/secrets'
import { guardTemplates } from '#plugins/guards/templates'
import { topic } from '#plugins/guards/topic'
import { urlAllowlist } from '#plugins/guards/url-allowlist'
import { webhook } from '#plugins/guards/webhook'
import { wordCount } from '#plugins/guards/word-count'
import { mcpAuthorization } from '#plugins/mcp/authorization'
import { chatTools } from '#plugins/mcp/chat-tools'
import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'
import { mcpRegistry } from '#plugins/mcp/registry'
import { virtualServers } from '#plugins/mcp/virtual-servers'
import { anthropic } from '#plugins/providers/anthropic'
import { customModels } from '#plugins/providers/custom-models'
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
import { health } from '#plugins/routing/health'
import { routers } from '#plugins/routing/routers'
import { trials } from '#plugins/routing/trials'
import { virtualModels } from '#plugins/routing/virtual-models'
import { analytics } from '#plugins/usage/analytics'
import { counters } from '#plugins/usage/counters'
import { ledger } from '#plugins/usage/ledger'
import { threads } from '#plugins/usage/threads'
import { traces } from '#plugins/usage/traces'

// The whole gateway. Every plugin explains its options in your editor; "tapgate check" finds mistakes.
export default defineConfig({
  // server: { port: 8787, host: '127.0.0.1' },
  // prices: { 'vllm/llama-4': { input: 0.2, output: 0.6 } },

  plugins: [
    // Each is on as soon as its key or address is in the environment (OPENAI_API_KEY, …) or in .env.
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

    // Who may ask, and what was used.
    accounts(),
    ledger(),
    counters(),
    analytics(),
    threads(),
    traces(),
    // Models and prices that projects describe themselves.
    customModels(),
    // For requests that ask for it: { "cache": { "type": "exact", "expiration_time": 1200 } }.
    exactCache(),

    // "fast" can be asked for like any model: the first is tried first, the rest are its fallbacks.
    virtualModels({
      models: {
        fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash'],
      },
    }),
    // Requests may bring a "router" and "fallbacks" of their own.
    routers(),
    // Try a router on recorded requests before you trust it: tapgate route replay.
    trials(),
    // Passes over models that can not do what is asked, and tries providers that are ill last.
    health(),

    // MCP servers. More of them: mcp.stdio({ name: 'files', command: 'npx', args: [ … ] }),
    // mcp.http({ name: 'github', url: 'https://…' }), or made over the API.
    mcp.inMemory({ name: 'websearch' }),
    // Functions of your own, as tools.
    mcp.tools({
      name: 'clock',
      tools: [
        {
          name: 'now',
          description: 'What time it is.',
          inputSchema: {
            type: 'object',
            properties: { timeZone: { type: 'string', description: 'Such as Europe/Berlin.' } },
          },
          run: ({ timeZone }) =>
            new Date().toLocaleString('en-GB', {
              timeZone: typeof timeZone === 'string' ? timeZone : 'UTC',
            }),
        },
      ],
    }),
    mcpRegistry(),
    virtualServers(),
    mcpAuthorization(),
    // For requests that name them: { "mcp_servers": [{ "name": "websearch" }] }.
    chatTools(),
    // For MCP clients: /mcp, /mcp/{server}.
    mcpEndpoint(),

    // For requests that name them, as in { "extra": { "guards": ["word-count"] } }. Without
    // "apply" a guard reads every request.
    keywords({ words: ['Project Bluebird'], apply: 'on-request' }),
    regex({ patterns: ['\\d{3}-\\d{2}-\\d{4}'], matchType: 'none', apply: 'on-request' }),
    wordCount({ minWords: 1, maxWords: 2000, apply: 'on-request' }),
    jsonSchema({ schema: { type: 'object' }, apply: 'on-request' }),
    // What projects can make guards of over the API, and LangDB's templates for them.
    guards([
      keywords,
      regex,
      wordCount,
      length,
      jsonSchema,
      language,
      profanity,
      pii,
      secrets,
      promptInjection,
      urlAllowlist,
      codeBlock,
      competitors,
      topic,
      llmJudge,
      dataset,
      llamaGuard,
      moderation,
      webhook,
    ]),
    guardTemplates(),
  ],
})
