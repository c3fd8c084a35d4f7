import { defineConfig, env } from '#config'
import { keywords } from '#plugins/guards/keywords'
import { wordCount } from '#plugins/guards/word-count'
import { openaiCompatible } from '#plugins/providers/openai-compatible'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** A secret never leaves the house, nor comes back; a limit on words holds where a request asks for it. */
export default defineConfig({
  plugins: [
    openaiCompatible({ name: 'models', baseUrl: env('MODELS_URL') }),
    keywords({ words: ['Project Bluebird'], action: 'redact' }),
    wordCount({ minWords: 0, maxWords: 5, apply: 'on-request' }),
    ledger(),
    analytics(),
  ],
})
