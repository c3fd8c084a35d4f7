import { defineConfig, env } from '#config'
import { accounts } from '#plugins/access/accounts'
import { openaiCompatible } from '#plugins/providers/openai-compatible'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** What still runs when the gateway is told to stop has so long to end. */
export default defineConfig({
  server: { shutdownMs: 20_000 },
  plugins: [
    accounts(),
    ledger(),
    analytics(),
    openaiCompatible({ name: 'models', baseUrl: env('MODELS_URL'), apiKey: env('MODELS_KEY') }),
  ],
})
