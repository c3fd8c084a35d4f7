import {
  ANYBODY,
  GatewayError,
  type GuardDirectory,
  type Logger,
  type ModelDirectory,
  type Services,
} from '#core'

import { inSetup } from './configured-models.ts'
import type { Definition } from './definition.ts'
import { modelsNamed } from './target-specs.ts'

export interface CheckConfiguredParts {
  readonly models: ModelDirectory
  readonly guards: GuardDirectory
  /** Undefined when no virtual model of the config file has a router. */
  readonly routers: Services['routers'] | undefined
  readonly log: Logger
}

/**
 * Checks what the virtual models of the config file name. A router that is wrong is a SetupError. A
 * model or guard that is not there is warned of: a project may have one of that name.
 */
export function checkConfigured(
  config: ReadonlyMap<string, Definition>,
  { models, guards, routers, log }: CheckConfiguredParts,
): void {
  for (const [virtualModel, definition] of config) {
    for (const model of modelsNamed(definition)) {
      if (model.endsWith('*') || models.targets(model).length > 0) continue
      const { nearest } = models.notFound(model).details
      const message = 'A virtual model names a model that nobody provides.'
      log.warn(message, { virtualModel, model, nearest })
    }
    for (const named of definition.guards ?? []) {
      const guard = typeof named === 'string' ? named : named.id
      if (guards.find(guard, ANYBODY.projectId)) continue
      log.warn('A virtual model names a guard that is not configured.', { virtualModel, guard })
    }
    const { router } = definition
    if (router) inSetup(virtualModel, definition, () => checkRouter(router, routers))
  }
}

function checkRouter(router: object, routers: Services['routers'] | undefined): void {
  try {
    routers?.check(router, 'router')
  } catch (error) {
    // A model that nobody provides was told of already.
    if (!(error instanceof GatewayError) || error.code !== 'model_not_found') throw error
  }
}
