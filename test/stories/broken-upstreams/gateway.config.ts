import { defineConfig, env } from '#config'
import { openaiCompatible } from '#plugins/providers/openai-compatible'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** Short limits and no second try: whatever an upstream does, the caller soon knows. */
export default defineConfig({
  timeouts: { connectMs: 1_000, firstByteMs: 1_000, idleMs: 1_000 },
  retries: { max: 0 },
  plugins: [
    openaiCompatible({ name: 'models', baseUrl: env('MODELS_URL'), apiKey: env('MODELS_KEY') }),
    openaiCompatible({ name: 'nowhere', baseUrl: 'http://127.0.0.1:1/v1' }),
    ledger(),
    analytics(),
  ],
})
