import { defineConfig } from '#config'
import { demo } from '#plugins/providers/demo'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

/** The model in use answers; the one that may replace it gets a copy of everything, for comparison. */
export default defineConfig({
  prices: {
    'current/echo': { input: 1, output: 2 },
    'candidate/echo': { input: 3, output: 4 },
  },
  plugins: [
    demo({ name: 'current' }),
    demo({ name: 'candidate' }),
    virtualModels({
      models: {
        assistant: {
          router: {
            type: 'fallback',
            targets: ['current/echo'],
            shadow: { model: 'candidate/echo', percentage: 100 },
          },
        },
      },
    }),
    routers(),
    ledger(),
    analytics(),
  ],
})
