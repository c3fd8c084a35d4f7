import type { PluginEntry } from './plugin.ts'
import { createCheck, type Problem } from './schema.ts'

/** The options of a plugin as its `setup` gets them: a copy, checked, with the defaults filled in. */
export function checkOptions(entry: PluginEntry): {
  readonly options: unknown
  readonly problems: readonly Problem[]
} {
  const options = copyOf(entry.options)
  return { options, problems: createCheck(entry.plugin.schema)(options) }
}

/** Lists and plain objects are copied, all that is in them too. Functions and the like stay themselves. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (typeof value !== 'object' || value === null) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copyOf(field)]))
}
