import type { Contributions } from './plugin.ts'
import { SERVICE_HINTS, type Services } from './services.ts'

/** Lets plugins ask for contracts that others fill, in whatever order they stand in the config. */
export interface ServiceRegistry {
  /** What a plugin gets: each service works from `start` on; that it was asked for is remembered. */
  handleFor(plugin: string): Services
  /** Takes what the plugins fill. Returns what is wrong: filled twice, or asked for and not filled. */
  fill(given: readonly { plugin: string; contributions: Contributions }[]): string[]
  filled(): Partial<Services>
}

export function createServiceRegistry(): ServiceRegistry {
  const asked = new Map<keyof Services, string>()
  const filled: Partial<Record<keyof Services, object>> = {}

  return {
    handleFor: (plugin) =>
      new Proxy({} as Services, {
        // `'routers' in services`, from `start` on: whether there is one, without a need of it.
        has: (_target, name) => name in filled,
        get(_target, name) {
          const service = name as keyof Services
          if (filled[service]) return filled[service]
          asked.set(service, plugin)
          return new Proxy(
            {},
            { get: (_nothing, method) => Reflect.get(filled[service] ?? {}, method) as unknown },
          )
        },
      }),
    fill(given) {
      const problems: string[] = []
      const owners = new Map<string, string>()
      for (const { plugin, contributions } of given) {
        for (const [name, service] of Object.entries(contributions.services ?? {})) {
          const owner = owners.get(name)
          if (owner !== undefined) {
            problems.push(
              `The service "${name}" is filled twice, by "${owner}" and by "${plugin}".`,
            )
          }
          owners.set(name, plugin)
          filled[name as keyof Services] = service as object
        }
      }
      for (const [service, plugin] of asked) {
        if (filled[service]) continue
        problems.push(
          `Plugin "${plugin}" needs the service "${service}": add ${SERVICE_HINTS[service]}.`,
        )
      }
      return problems
    },
    filled: () => filled as Partial<Services>,
  }
}
