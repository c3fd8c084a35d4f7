import type { PluginEntry } from './plugin.ts'
import { createCheck, type Problem } from './schema.ts'

/** The options of a plugin as its `setup` gets them: a copy, checked, with the defaults filled in. */
export function checkOptions(entry: PluginEntry): {
  readonly options: unknown
  readonly problems: readonly Problem[]
} {
  const options: unknown = structuredClone(entry.options)
  return { options, problems: createCheck(entry.plugin.schema)(options) }
}
