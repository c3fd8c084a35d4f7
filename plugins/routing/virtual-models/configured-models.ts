import { GatewayError, SetupError } from '#core'

import { checkDefinition, type RefusedField } from './check-definition.ts'
import type { DefinedTarget, Definition } from './definition.ts'
import { findLoop } from './find-loop.ts'
import { modelsNamed } from './target-specs.ts'

/** A virtual model in the config file: a definition, or only the list of its targets. */
export type ConfiguredModel = Definition | readonly DefinedTarget[]

/** The definitions of the config file by name, checked. Throws a SetupError with the path. */
export function readConfiguredModels(
  written: Readonly<Record<string, ConfiguredModel>>,
  refusedField: RefusedField,
): ReadonlyMap<string, Definition> {
  const models = new Map<string, Definition>()
  for (const [name, model] of Object.entries(written)) {
    const definition: Definition = isList(model) ? { targets: model } : model
    inSetup(name, model, () => checkDefinition(definition, refusedField))
    models.set(name, definition)
  }
  const loop = findLoop(models.keys(), (name) => modelsNamed(models.get(name) ?? {}))
  if (loop) throw standsForItself(loop)
  return models
}

/** Runs a check of a configured model; what is wrong is an error of the config file, with its path. */
export function inSetup(name: string, model: ConfiguredModel, check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof GatewayError) || error.param === null) throw error
    const { message, param } = error
    // A short list has no field of its own that could be named.
    const path = isList(model)
      ? `models.${name}${param.slice('targets'.length)}`
      : `models.${name}.${param}`
    const named = message.replace(`"${param}"`, () => `"${path}"`)
    const hint = 'Mend the virtual model in the config file.'
    throw new SetupError('invalid_virtual_model', named, hint, { cause: error })
  }
}

function isList(model: ConfiguredModel): model is readonly DefinedTarget[] {
  return Array.isArray(model)
}

function standsForItself(loop: readonly string[]): SetupError {
  const [name] = loop
  const message = `The virtual model "${name}" stands for itself: ${loop.join(' → ')}.`
  return new SetupError(
    'virtual_model_loop',
    message,
    'Take one of these names out of the targets of another.',
  )
}
