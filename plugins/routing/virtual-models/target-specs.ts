import { layerParameters, type TargetSpec } from '#core'

import type { Definition, Fields } from './definition.ts'

/** What a definition means to the rest of the gateway: targets, each with all that it adds. */
export function toTargetSpecs(definition: Definition): readonly TargetSpec[] {
  const shared = sharedParameters(definition)
  const { router, targets = [] } = definition
  if (router !== undefined) return [{ ...shared, router }]
  return targets.map((target) => {
    if (typeof target === 'string') {
      return Object.keys(shared).length > 0 ? { ...shared, model: target } : target
    }
    const { model, ...own } = target
    return { ...layerParameters(own, shared, 'inner'), model: String(model) }
  })
}

/** The request wins over everything but the prompt and the guards. */
function sharedParameters(definition: Definition): Fields {
  const { messages, guards, parameters, response_format, cache } = definition
  const { mcp_servers, mcp_mode } = definition
  const defaults = defined({ ...parameters, response_format, mcp_servers, mcp_mode, cache })
  return defined({
    messages,
    guards,
    defaults: Object.keys(defaults).length > 0 ? defaults : undefined,
  })
}

function defined(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** Every name of a model in a definition, however deep in its routers. */
export function modelsNamed(definition: Definition): readonly string[] {
  const names = new Set<string>()
  collect(definition.targets, names)
  collect(definition.router, names)
  return [...names]
}

/** A router names models in `model`, and in lists and conditions of any form under `targets`. */
function collect(value: unknown, names: Set<string>): void {
  if (typeof value === 'string') names.add(value)
  else if (Array.isArray(value)) for (const item of value) collect(item, names)
  else if (typeof value === 'object' && value !== null) {
    for (const [field, inner] of Object.entries(value)) {
      if (NAMING.has(field)) collect(inner, names)
    }
  }
}

const NAMING = new Set(['model', 'targets', 'router', 'routes', '$any'])
