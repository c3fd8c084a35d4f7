import { ANYBODY, definePlugin } from '#core'

import { createConditional } from './routers/conditional.ts'
import { fallback } from './routers/fallback.ts'
import { createGuardCheck } from './routers/known-guard.ts'
import { expandPattern } from './routers/metric-choice.ts'
import { createMetricRouters } from './routers/metric-routers.ts'
import { createPercentage } from './routers/percentage.ts'
import { createRandom } from './routers/random.ts'
import { createRateLimiters } from './routers/rate-limiter.ts'
import { createRouterReader } from './routers/read-router.ts'
import { createRoundRobin } from './routers/round-robin.ts'
import { routeRequest } from './routers/route-request.ts'
import type { RouterType } from './routers/router-type.ts'
import { createScriptRouters } from './routers/script-routers.ts'
import { createShadows } from './routers/shadow.ts'
import { createWeighted } from './routers/weighted.ts'
import { createCodeSandbox } from './script/code-sandbox.ts'
import { createScriptEngine } from './script/engine.ts'
import { describeEngine } from './script/find-engine.ts'
import { limitsFrom, limitsSchema } from './script/limits.ts'
import { createRefusedField } from './target/refused-fields.ts'

export type {
  RouterScript,
  RouterScriptInput,
  RouterScriptResult,
} from './routers/router-script.ts'

/**
 * Routing by the request itself: its `router` takes the place of its `model`, its `fallbacks` are tried
 * after all else, and its `shadow` gets a copy. All of it is checked before anything is sent upstream.
 * Every type of router leaves the targets it did not choose behind the one it chose, since any fault
 * moves on to the next. `routers.md` beside this file tells all of it.
 */
export const routers = definePlugin({
  name: 'routers',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      scripts: {
        anyOf: [
          { type: 'string', minLength: 1 },
          { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
        ],
        description:
          'Script files by name, or a folder of them: { "type": "script", "script": "file:<name>" }',
      },
      limits: limitsSchema,
      engine: {
        enum: ['isolated-vm', 'quickjs'],
        description:
          'What scripts run on. Without it: isolated-vm, and QuickJS where it has no build',
      },
    },
  },
  setup({ options, models, metrics, guards, judge, services, ask, configFolder, log }) {
    const limits = limitsFrom(options.limits)
    const refusedField = createRefusedField(() => 'tools' in services)
    const scripts = createScriptRouters({
      engine: createScriptEngine(limits, {
        warn: (message) => log.warn(message),
        engine: options.engine,
      }),
      describeEngine: () => describeEngine(options.engine),
      files: options.scripts,
      sourceBytes: limits.sourceBytes,
      configFolder,
      models,
      metrics,
      log,
      refusedField,
    })
    const sandbox = createCodeSandbox({
      warn: (message) => log.warn(message),
      engine: options.engine,
    })
    const percentage = createPercentage(Math.random)
    const ensureGuard = createGuardCheck(guards)
    const limiters = createRateLimiters(() =>
      'counters' in services ? services.counters : undefined,
    )
    const types: Readonly<Record<string, RouterType>> = {
      fallback,
      random: createRandom(Math.random),
      percentage,
      a_b_testing: percentage,
      weighted: createWeighted(Math.random),
      round_robin: createRoundRobin(),
      script: scripts.type,
      conditional: createConditional({ metrics, models }, { judge, ensureGuard, limiters }),
      ...createMetricRouters({ metrics, models }),
    }
    const shadows = createShadows({ ask, log, random: Math.random })
    const reader = createRouterReader({
      types,
      models,
      shadows,
      refusedField,
      ensureGuard,
      expand: (pattern, { trial, ...asker }) =>
        expandPattern(pattern, { metrics: trial?.metrics ?? metrics, models, ...asker }),
    })

    return {
      hooks: {
        routing: (targets, exchange) => routeRequest(targets, exchange, reader),
        postResponse: (finished) => {
          const work = [shadows.send(finished), limiters.charge(finished)]
          const started = work.filter((one) => one !== undefined)
          return started.length > 0 ? Promise.all(started).then(() => undefined) : undefined
        },
      },
      services: {
        routers: {
          check: (router, param, projectId = ANYBODY.projectId) =>
            void reader.readRouter(router, param, { projectId }),
        },
        sandbox,
      },
      checks: [scripts.check],
      start: () => scripts.start(),
      async stop() {
        await sandbox.stop()
        await scripts.stop()
      },
    }
  },
})
