import { definePlugin, GatewayError, type Target } from '#core'

import { createRefusedField } from './target/refused-fields.ts'
import { checkConfigured } from './virtual-models/check-configured.ts'
import { readConfiguredModels } from './virtual-models/configured-models.ts'
import { definitionSchema, targetsSchema } from './virtual-models/definition.ts'
import { followModels } from './virtual-models/follow-models.ts'
import { createKnownModels } from './virtual-models/known-models.ts'
import { modelCommands } from './virtual-models/model-commands.ts'
import { createModelEditor } from './virtual-models/model-editor.ts'
import { modelRoutes } from './virtual-models/model-routes.ts'
import { createPrompts } from './virtual-models/prompts.ts'

/**
 * Names of models with their own routing, prompt, guards and parameters. Those of the config file are
 * for all projects; each project makes more over HTTP, as drafts that are published when they are
 * ready. `virtual-models.md` beside this file tells all of it.
 */
export const virtualModels = definePlugin({
  name: 'virtual-models',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      models: {
        type: 'object',
        description: 'By name: the list of targets, or all that a virtual model can be.',
        additionalProperties: { anyOf: [targetsSchema, definitionSchema] },
      },
    },
  },
  setup({ options, database, models: directory, guards, services, log }) {
    const refusedField = createRefusedField(() => 'tools' in services)
    // Who fills the services is known at the start: what needs them is checked again then.
    const config = readConfiguredModels(
      options.models ?? {},
      createRefusedField(() => true),
    )
    const prompts = createPrompts()
    const known = createKnownModels(config, prompts)
    const follower = followModels(database, known, log)
    const editor = createModelEditor({
      database,
      known,
      models: directory,
      guards,
      services,
      refusedField,
      refresh: () => follower.refresh(),
    })
    // Only routers need the other plugin; that it is missing is then said at start.
    const routers = [...config.values()].some(({ router }) => router) ? services.routers : undefined

    return {
      models: {
        list: (projectId) => known.names(projectId),
        resolve: (name, projectId) => known.resolve(name, projectId),
        whyMissing: (name, projectId) => known.whyMissing(name, projectId),
      },
      hooks: {
        routing: {
          order: 'post',
          handler(targets, exchange) {
            if (targets.some(({ router }) => router !== undefined)) throw nobodyRoutes(targets)
            return prompts.fillIn(targets, exchange)
          },
        },
      },
      migrations: new URL('./virtual-models/', import.meta.url),
      routes: modelRoutes({ database, editor, config }),
      commands: modelCommands({ database, editor, services, config }),
      async start() {
        readConfiguredModels(options.models ?? {}, refusedField)
        checkConfigured(config, { models: directory, guards, routers, log })
        await follower.start()
      },
      stop: () => follower.stop(),
    }
  },
})

function nobodyRoutes(targets: readonly Target[]): GatewayError {
  const name = targets.find(({ router }) => router !== undefined)?.model
  const message = `The virtual model "${name}" has a router, which needs the plugin "routers".`
  return new GatewayError('no_available_provider', message, { shouldRetry: false })
}
