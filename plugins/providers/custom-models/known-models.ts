import type { FactSource, ModelSource, PriceList, TargetSpec } from '#core'

import { defaultsOf, pricesOf } from './definition.ts'
import type { ModelRow } from './model-table.ts'
import type { PriceRow } from './price-table.ts'

/** The models and prices that projects have described, in memory. */
export interface KnownModels extends ModelSource, FactSource {
  absorbModels(rows: readonly ModelRow[]): void
  absorbPrices(rows: readonly PriceRow[]): void
  /** A model that the project may use. */
  find(id: string, projectId: string): ModelRow | undefined
  /** All that the project may use; the most important first. Without one, those that all may use. */
  all(projectId: string | undefined): readonly ModelRow[]
}

export function createKnownModels(): KnownModels {
  const models = new Map<string, ModelRow>()
  const prices = new Map<string, Map<string, PriceRow>>()
  /** Which models run under a target's name. */
  let byTarget = new Map<string, readonly ModelRow[]>()

  const mayUse = (row: ModelRow, projectId: string | undefined): boolean =>
    row.is_public || row.project_id === projectId

  function all(projectId: string | undefined): readonly ModelRow[] {
    return [...models.values()]
      .filter((row) => mayUse(row, projectId))
      .toSorted((a, b) => b.definition.priority - a.definition.priority)
  }

  /** A project's own model wins over a public one of the same name. */
  function named(name: string, projectId: string | undefined): ModelRow | undefined {
    const found = all(projectId).filter((row) => namesOf(row).includes(name))
    return found.find((row) => row.project_id === projectId) ?? found[0]
  }

  function describedPrice(target: string, projectId: string | undefined): PriceList | undefined {
    const rows = byTarget.get(target)?.filter((row) => mayUse(row, projectId)) ?? []
    const row = rows.find((one) => one.project_id === projectId) ?? rows[0]
    return row && pricesOf(row.definition)
  }

  return {
    all,
    list: (projectId) => all(projectId).map((row) => row.model_name),
    resolve(name, projectId) {
      const row = models.size === 0 ? undefined : named(name, projectId)
      return row && [toSpec(row)]
    },
    find(id, projectId) {
      const row = models.get(id)
      return row?.project_id === projectId ? row : undefined
    },
    facts(provider, model, projectId) {
      const target = `${provider}/${model}`
      const own = projectId === undefined ? undefined : prices.get(projectId)?.get(target)
      if (own) return { prices: toPriceList(own) }
      const described = byTarget.size === 0 ? undefined : describedPrice(target, projectId)
      return described && { prices: described }
    },
    absorbModels(rows) {
      for (const row of rows) {
        if (row.deleted_at) models.delete(row.id)
        else models.set(row.id, row)
      }
      byTarget = Map.groupBy(models.values(), targetOf)
    },
    absorbPrices(rows) {
      for (const row of rows) {
        const ofProject = prices.get(row.project_id) ?? new Map<string, PriceRow>()
        prices.set(row.project_id, ofProject)
        if (row.deleted_at) ofProject.delete(row.target)
        else ofProject.set(row.target, row)
      }
    },
  }
}

/** With the provider in front too, unless that is what the provider itself calls it. */
function namesOf(row: ModelRow): readonly string[] {
  const full = `${row.provider}/${row.model_name}`
  return full === targetOf(row) ? [row.model_name] : [row.model_name, full]
}

/** The provider's own name of a model. */
function targetOf({ provider, model_name, definition }: ModelRow): string {
  return `${provider}/${definition.model_name_in_provider || model_name}`
}

function toSpec(row: ModelRow): TargetSpec {
  const model = targetOf(row)
  const defaults = defaultsOf(row.definition)
  return Object.keys(defaults).length === 0 ? model : { model, defaults }
}

function toPriceList(row: PriceRow): PriceList {
  const { per_input_token: input, per_output_token: output, per_cached_input_token: cached } = row
  return cached === null ? { input, output } : { input, output, cachedInput: cached }
}
