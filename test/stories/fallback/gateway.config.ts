import { defineConfig, env } from '#config'
import { demo } from '#plugins/providers/demo'
import { openaiCompatible } from '#plugins/providers/openai-compatible'
import { virtualModels } from '#plugins/routing/virtual-models'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** `assistant` is the first of its models that answers. Callers notice by the price at most. */
export default defineConfig({
  prices: {
    'main/large': { input: 5, output: 20 },
    'spare/small': { input: 1, output: 2 },
  },
  timeouts: { firstByteMs: 2_000 },
  retries: { max: 1 },
  plugins: [
    openaiCompatible({ name: 'main', baseUrl: env('MAIN_URL') }),
    openaiCompatible({ name: 'spare', baseUrl: env('SPARE_URL') }),
    demo(),
    virtualModels({
      models: { assistant: ['main/large', { model: 'spare/small', temperature: 0 }, 'demo/echo'] },
    }),
    ledger(),
    analytics(),
  ],
})
