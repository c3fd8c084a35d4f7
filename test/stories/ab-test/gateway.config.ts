import { defineConfig } from '#config'
import { demo } from '#plugins/providers/demo'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'

/** A fifth of the users try the new model, and each of them stays with what they got first. */
export default defineConfig({
  plugins: [
    demo({ name: 'current' }),
    demo({ name: 'candidate' }),
    virtualModels({
      models: {
        assistant: {
          router: {
            name: 'candidate-for-winter',
            type: 'a_b_testing',
            targets: ['current/echo', 'candidate/echo'],
            targets_percentages: [80, 20],
            sticky: 'user',
          },
        },
      },
    }),
    routers(),
  ],
})
