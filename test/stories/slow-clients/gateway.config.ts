import { defineConfig, env } from '#config'
import { openaiCompatible } from '#plugins/providers/openai-compatible'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** Nothing has to be set against clients that are slow: headers have 10 s to arrive, bodies 60 s. */
export default defineConfig({
  plugins: [
    openaiCompatible({ name: 'models', baseUrl: env('MODELS_URL') }),
    ledger(),
    analytics(),
  ],
})
