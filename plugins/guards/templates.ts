import { definePlugin, SetupError, type PluginEntry } from '#core'

import { checkTemplates } from './templates/check-templates.ts'
import { judgeTemplates } from './templates/judge-templates.ts'

const ALL = [...judgeTemplates, ...checkTemplates]

/**
 * LangDB's guard templates, by their ids and with their defaults: `POST /api/guards` makes guards
 * of them, where `guards` was given the kinds that they are for.
 */
export function guardTemplates(): PluginEntry {
  return definePlugin({
    name: 'guard-templates',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({ guardTemplates: ALL }),
  })()
}

/**
 * Declares a guard of a template in the config file: `fromTemplate('content-toxicity', llmJudge, {
 * threshold: 0.5 })`. The options are those of the kind, over what the template says. Throws a
 * SetupError for a template that there is not.
 */
export function fromTemplate<Options extends object>(
  id: string,
  kind: (options: Options) => PluginEntry,
  options?: Partial<Options>,
): PluginEntry {
  const template = ALL.find((one) => one.id === id)
  if (!template) {
    const known = ALL.map((one) => one.id).join(', ')
    throw new SetupError(
      'invalid_guard',
      `The guard template "${id}" does not exist.`,
      `Name one of ${known}.`,
    )
  }
  const { stage, action, preset, parameters } = template
  const defaults = Object.entries(parameters.properties ?? {}).flatMap(([name, schema]) =>
    'default' in schema ? [[name, schema.default]] : [],
  )
  const said = { ...Object.fromEntries(defaults), ...preset }
  const inCamelCase = Object.entries(said).map(([name, value]) => [toOption(name), value])
  // The kind checks them like any options of the config file.
  return kind({
    id,
    ...(stage ? { stage } : {}),
    ...(action ? { action } : {}),
    ...Object.fromEntries(inCamelCase),
    ...options,
  } as Options)
}

/** `match_type` as the config file writes it. */
function toOption(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
