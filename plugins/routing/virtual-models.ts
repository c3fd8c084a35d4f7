import { definePlugin, SetupError, type TargetSpec } from '#core'

import { refusedField } from './target/refused-fields.ts'
import { findLoop } from './virtual-models/find-loop.ts'

/**
 * Names of models that stand for others: the first of the list is tried first, the rest are its
 * fallbacks. Each is a name, or an object of `model` and the fields of the request it overrides
 * (`messages` are put before the request's). A name may stand for other names, but not for itself.
 */
export const virtualModels = definePlugin({
  name: 'virtual-models',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['models'],
    properties: {
      models: {
        type: 'object',
        additionalProperties: {
          type: 'array',
          minItems: 1,
          items: {
            anyOf: [
              { type: 'string', minLength: 1 },
              { type: 'object', required: ['model'], additionalProperties: true },
            ],
          },
        },
      },
    },
  },
  setup({ options, models: directory, log }) {
    const models = new Map(
      Object.entries(options.models).map(([name, specs]) => [
        name,
        specs.map((spec, index) => toTargetSpec(spec, `models.${name}[${index}]`)),
      ]),
    )
    const loop = findLoop(new Map([...models].map(([name, specs]) => [name, specs.map(modelOf)])))
    if (loop) throw standsForItself(loop)

    return {
      models: {
        list: () => [...models.keys()],
        resolve: (name) => models.get(name),
      },
      start() {
        for (const [virtualModel, specs] of models) {
          for (const model of specs.map(modelOf)) {
            if (directory.targets(model).length > 0) continue
            const { nearest } = directory.notFound(model).details
            log.warn('A virtual model names a model that nobody provides.', {
              virtualModel,
              model,
              nearest,
            })
          }
        }
      },
    }
  },
})

type WrittenSpec = string | Readonly<Record<string, unknown>>

function toTargetSpec(spec: WrittenSpec, path: string): TargetSpec {
  if (typeof spec === 'string') return spec
  const { model, ...parameters } = spec
  if (typeof model !== 'string' || model === '') {
    const message = `"${path}.model" must be the name of a model.`
    throw new SetupError('invalid_virtual_model', message, `Write it as in 'openai/gpt-5-mini'.`)
  }
  const refused = refusedField(parameters)
  if (refused !== undefined) {
    const message = `"${path}.${refused}" can not differ from target to target.`
    throw new SetupError('invalid_virtual_model', message, 'Take it away.')
  }
  return { model, ...parameters }
}

function modelOf(spec: TargetSpec): string {
  return typeof spec === 'string' ? spec : (spec.model ?? '')
}

function standsForItself(loop: readonly string[]): SetupError {
  const [name] = loop
  const message = `The virtual model "${name}" stands for itself: ${loop.join(' → ')}.`
  return new SetupError(
    'virtual_model_loop',
    message,
    'Take one of these names out of the list of another.',
  )
}
