import type { ModelFacts } from './catalogue.ts'
import { GatewayError } from './errors.ts'
import type { FactBook } from './fact-book.ts'
import { nearestNames } from './nearest.ts'
import { inOnePiece } from './one-piece.ts'
import type { Provider } from './provider.ts'
import { layerParameters } from './target-parameters.ts'
import { targetName, type Target } from './target.ts'

/** Names that stand for targets, as a plugin gives them: virtual models. */
export interface ModelSource {
  /** The names, for lists and suggestions. */
  list(projectId?: string): readonly string[]
  /**
   * The targets, each by name or with parameters of its own; undefined when the name is not one of
   * these. Names may belong to a project: without one, only those that all may use are known.
   */
  resolve(name: string, projectId?: string): readonly TargetSpec[] | undefined
  /** Why a name that could be one of these is not: a sentence or two for the caller. */
  whyMissing?(name: string, projectId?: string): string | undefined
}

/**
 * A target as a person writes it: a name, or its parameters, with the `model` among them or a `router`
 * that chooses it.
 */
export type TargetSpec =
  | string
  | { readonly model: string; readonly [field: string]: unknown }
  | { readonly model?: undefined; readonly router: unknown; readonly [field: string]: unknown }

/** One model that can be asked for. */
export interface ListedModel {
  /** `provider/model`, or the name of a virtual model. */
  readonly id: string
  readonly provider: string
  readonly facts: ModelFacts | undefined
}

/** What can be asked for, and what a name means. */
export interface ModelDirectory {
  /** The targets a name stands for; none when nobody knows the name. */
  targets(name: string, projectId?: string): readonly Target[]
  /** The same for a name with parameters. Throws `model_not_found`; `param` is its path in the request. */
  resolve(spec: TargetSpec, param: string, projectId?: string): readonly Target[]
  /** The error for a name that nobody knows: it names the nearest three. */
  notFound(name: string, param?: string, projectId?: string): GatewayError
  list(projectId?: string): readonly ListedModel[]
  /** What is known of a model, for a project where one is named: prices, limits. */
  facts(target: Target, projectId?: string): ModelFacts
  provider(name: string): Provider | undefined
  /** All that are configured, those that are switched off too. */
  providers(): readonly Provider[]
  /** Takes in what a provider says it has. */
  learn(provider: string, names: readonly string[]): void
}

const DEEPEST_NESTING = 10

/** Stands for the provider of a target that a router still has to choose. */
const ROUTED = 'virtual'

/** Models of all providers that are switched on, and the names that stand for them. */
export function createModelDirectory(
  providers: readonly Provider[],
  sources: readonly ModelSource[],
  catalogue: FactBook,
): ModelDirectory {
  const byName = new Map(providers.map((provider) => [provider.name, provider]))
  const known = new Map(
    providers.filter(isOn).map((provider) => [provider.name, modelsOf(provider)]),
  )

  function modelsOf(provider: Provider): ReadonlyMap<string, ModelFacts> {
    const own = factsOf(provider.name, provider.models ?? [])
    if (provider.hasOnlyKnownModels) return own
    return new Map([...own, ...catalogue.models(provider.name)])
  }

  function factsOf(provider: string, names: readonly string[]): ReadonlyMap<string, ModelFacts> {
    return new Map(names.map((name) => [name, catalogue.facts(provider, name)]))
  }

  function targets(name: string, projectId?: string, depth = 0): readonly Target[] {
    if (depth > DEEPEST_NESTING) {
      throw new GatewayError('invalid_parameter', `The model "${name}" stands for itself.`)
    }
    for (const source of sources) {
      const specs = source.resolve(name, projectId)
      if (specs) return specs.flatMap((spec) => expand(spec, name, projectId, depth + 1))
    }
    const target = named(name) ?? bare(name)
    return target ? [target] : []
  }

  function expand(
    spec: TargetSpec,
    name: string,
    projectId: string | undefined,
    depth: number,
  ): readonly Target[] {
    if (typeof spec === 'string') return targets(spec, projectId, depth)
    if (spec.model === undefined) {
      const { model: _none, router, ...parameters } = spec
      return [{ provider: ROUTED, model: name, parameters, router }]
    }
    const { model, ...parameters } = spec
    return targets(model, projectId, depth).map((target) => ({
      ...target,
      parameters: layerParameters(target.parameters, parameters, 'outer'),
    }))
  }

  function named(name: string): Target | undefined {
    const slash = name.indexOf('/')
    const provider = byName.get(name.slice(0, slash))
    if (slash < 1 || !provider) return undefined
    const model = inOnePiece(withKnownVersion(provider.name, name.slice(slash + 1)))
    if (model === '') return undefined
    if (provider.hasOnlyKnownModels && !provider.models?.includes(model)) return undefined
    return { provider: provider.name, model }
  }

  /** LangDB's `model@version` is the model, unless the provider has one of that very name. */
  function withKnownVersion(provider: string, model: string): string {
    const at = model.lastIndexOf('@')
    const models = known.get(provider)
    if (at < 1 || !models || models.has(model)) return model
    const unversioned = model.slice(0, at)
    return models.has(unversioned) ? unversioned : model
  }

  function bare(name: string): Target | undefined {
    const wanted = name.toLowerCase()
    for (const [provider, models] of known) {
      if (models.has(name)) return { provider, model: name }
      const model = [...models.keys()].find((candidate) => candidate.toLowerCase() === wanted)
      if (model !== undefined) return { provider, model }
    }
    return undefined
  }

  function names(projectId: string | undefined): string[] {
    const own = [...known].flatMap(([provider, models]) =>
      [...models.keys()].map((model) => `${provider}/${model}`),
    )
    return [...sources.flatMap((source) => source.list(projectId)), ...own]
  }

  function notFound(name: string, param = 'model', projectId?: string): GatewayError {
    const nearest = nearestNames(name, names(projectId), 3)
    const hint = nearest.length > 0 ? ` Nearest: ${nearest.join(', ')}.` : ''
    const why = sources.map((source) => source.whyMissing?.(name, projectId)).find(Boolean)
    const message = why ?? `The model "${name}" does not exist.${hint} GET /v1/models lists all.`
    return new GatewayError('model_not_found', message, { param, details: { nearest } })
  }

  return {
    targets: (name, projectId) => targets(name, projectId),
    notFound,
    facts: ({ provider, model }, projectId) => catalogue.facts(provider, model, projectId),
    resolve(spec, param, projectId) {
      const found = expand(spec, 'router', projectId, 0)
      if (found.length > 0) return found
      throw notFound(typeof spec === 'string' ? spec : (spec.model ?? ''), param, projectId)
    },
    provider: (name) => byName.get(name),
    providers: () => providers,
    learn: (provider, learned) => {
      known.set(provider, new Map([...(known.get(provider) ?? []), ...factsOf(provider, learned)]))
    },
    list: (projectId) => [
      ...sources.flatMap((source) =>
        source.list(projectId).map((id) => ({ id, provider: 'virtual', facts: undefined })),
      ),
      ...[...known].flatMap(([provider, models]) =>
        [...models].map(([model, facts]) => ({
          id: targetName({ provider, model }),
          provider,
          facts,
        })),
      ),
    ],
  }
}

/** A provider that can be called: it runs here, or has an address and credentials. */
export function isOn(provider: Provider): boolean {
  const operations = [provider.chat, provider.completions, provider.embeddings]
  return operations.some(
    (operation) => operation && (!('path' in operation) || provider.connection),
  )
}
