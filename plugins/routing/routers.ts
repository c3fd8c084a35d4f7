import { definePlugin } from '#core'

import { fallback } from './routers/fallback.ts'
import { createPercentage } from './routers/percentage.ts'
import { inTurn, type Plan } from './routers/plan.ts'
import { createRandom } from './routers/random.ts'
import { createRouterReader } from './routers/read-router.ts'
import type { RouterType } from './routers/router-type.ts'
import { createScriptModels } from './routers/script-models.ts'
import { createScript } from './routers/script.ts'
import { createScriptEngine } from './script/engine.ts'
import { refusedField } from './target/refused-fields.ts'

/** So that a script may return the whole request it was given. */
const RESULT_BYTES = 1024 * 1024

/**
 * Routing by the request itself: its `router` takes the place of its `model`, and its `fallbacks` are
 * tried after all else. All of it is checked before anything is sent upstream. Every type of router
 * leaves the targets it did not choose behind the one it chose, since any fault moves on to the next.
 */
export const routers = definePlugin({
  name: 'routers',
  schema: { type: 'object', additionalProperties: false },
  setup({ models, log }) {
    const engine = createScriptEngine(
      { resultBytes: RESULT_BYTES },
      { warn: (message) => log.warn(message) },
    )
    const percentage = createPercentage(Math.random)
    const types: Readonly<Record<string, RouterType>> = {
      fallback,
      random: createRandom(Math.random),
      percentage,
      a_b_testing: percentage,
      script: createScript({
        engine,
        models,
        refusedField,
        scriptModels: createScriptModels(models),
      }),
    }
    const reader = createRouterReader(types, models, refusedField)

    return {
      hooks: {
        routing(targets, exchange) {
          const { router, fallbacks } = exchange.request
          const isRouted = router !== undefined && router !== null
          // A model that nobody knows is the caller's fault, and no reason to fall back.
          if (!isRouted && targets.length === 0) return undefined
          const behind = reader.readFallbacks(fallbacks)
          if (!isRouted && behind.length === 0) return undefined
          const first: Plan = isRouted ? reader.readRouter(router) : () => Promise.resolve(targets)
          return inTurn([first, ...behind])(exchange)
        },
      },
      stop: () => engine.stop(),
    }
  },
})
