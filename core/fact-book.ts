import type { Catalogue, ModelFacts } from './catalogue.ts'

/** Prices, limits and capabilities that a plugin knows better than the catalogue. */
export interface FactSource {
  /** What is known; fields that are missing are the catalogue's. Undefined for most models. */
  facts(
    provider: string,
    model: string,
    projectId: string | undefined,
  ): Partial<ModelFacts> | undefined
}

/** The catalogue, and over it what plugins say, for a project where one is named. */
export interface FactBook extends Catalogue {
  facts(provider: string, model: string, projectId?: string): ModelFacts
}

export function createFactBook(catalogue: Catalogue, sources: readonly FactSource[]): FactBook {
  return {
    models: (provider) => catalogue.models(provider),
    facts(provider, model, projectId) {
      const known = catalogue.facts(provider, model)
      for (const source of sources) {
        const better = source.facts(provider, model, projectId)
        if (better) return { ...known, ...better }
      }
      return known
    },
  }
}
