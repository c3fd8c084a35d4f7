import { defineConfig } from '#config'
import { demo } from '#plugins/providers/demo'
import { routers } from '#plugins/routing/routers'
import { virtualModels } from '#plugins/routing/virtual-models'
import { counters } from '#plugins/usage/counters'

/** Who pays gets the dear model; who does not, the cheap one, three times. */
export default defineConfig({
  plugins: [
    demo({ name: 'cheap' }),
    demo({ name: 'dear' }),
    virtualModels({
      models: {
        assistant: {
          router: {
            type: 'conditional',
            pre_request: [
              {
                name: 'trial',
                type: 'rate_limiter',
                limit: 3,
                period: 'total',
                target: 'requests',
                entity: 'user_id',
              },
            ],
            routes: [
              {
                name: 'premium',
                conditions: { 'extra.user.tier': { $in: ['premium', 'business'] } },
                targets: ['dear/echo', 'cheap/echo'],
              },
              {
                name: 'quota',
                conditions: { 'pre_request.trial.allowed': false },
                message_mapper: {
                  modifier: 'block',
                  content: 'You have asked three times. Subscribe to ask more.',
                },
              },
              { name: 'free', targets: 'cheap/echo' },
            ],
          },
        },
      },
    }),
    routers(),
    counters(),
  ],
})
