import type { GuardKind, PluginEntry } from '#core'

type Factory = ((options: never) => PluginEntry) & { readonly kind: GuardKind }

/**
 * Keeps these parameters of a kind to the config file. Guards that projects make over the API have
 * the environment's connection in their place: else an address of a project's own would be sent the
 * keys of the operator, or lead into the operator's network.
 */
export function forOperators<Kind extends Factory>(factory: Kind, names: readonly string[]): Kind {
  const kind = forProjects(factory.kind, names)
  const declare = (options: never): PluginEntry => {
    const { plugin, options: given } = factory(options)
    return {
      options: given,
      plugin: {
        ...plugin,
        setup: (host: never) => ({ ...plugin.setup(host), guardKinds: [kind] }),
      },
    }
  }
  return Object.assign(declare, { kind }) as unknown as Kind
}

function forProjects(kind: GuardKind, names: readonly string[]): GuardKind {
  const { properties = {}, required = [] } = kind.parameters
  const isOpen = (name: string): boolean => !names.includes(name)
  const kept = Object.entries(properties).filter(([name]) => isOpen(name))
  const defaults = Object.entries(properties).flatMap(([name, schema]) =>
    !isOpen(name) && 'default' in schema ? [[name, schema.default]] : [],
  )
  return {
    ...kind,
    parameters: {
      ...kind.parameters,
      properties: Object.fromEntries(kept),
      required: required.filter(isOpen),
    },
    create: (parameters, tools) =>
      kind.create({ ...Object.fromEntries(defaults), ...parameters }, tools),
  }
}
