import type { ListedModel, ModelDirectory, Price, PriceList } from '#core'

/** A model as LangDB's router scripts know it. Prices are USD per 1,000,000 tokens. */
export interface ScriptModel {
  readonly model: string
  readonly model_provider: string
  readonly inference_provider: {
    readonly provider: string
    readonly model_name: string
    readonly endpoint: ''
  }
  readonly price: ScriptPrice | null
  readonly type: 'completions' | 'embeddings'
  readonly limits: { readonly max_context_size: number | null }
  readonly capabilities: readonly string[]
  readonly input_formats: readonly string[]
  readonly output_formats: readonly string[]
}

interface ScriptPrice {
  readonly per_input_token: number
  readonly per_output_token: number
  readonly per_cached_input_token: number | null
  readonly per_cached_input_write_token: number | null
}

const KEPT_MS = 60_000

/** The models of all providers. The list is made once a minute, for it may be long. */
export function createScriptModels(directory: ModelDirectory): () => readonly ScriptModel[] {
  let made: { readonly models: readonly ScriptModel[]; readonly atMs: number } | undefined
  return () => {
    if (!made || Date.now() - made.atMs > KEPT_MS) {
      const real = directory.list().filter(({ provider }) => provider !== 'virtual')
      made = { models: real.map(toScriptModel), atMs: Date.now() }
    }
    return made.models
  }
}

function toScriptModel({ id, provider, facts }: ListedModel): ScriptModel {
  const model = id.slice(provider.length + 1)
  return {
    model,
    model_provider: provider,
    inference_provider: { provider, model_name: model, endpoint: '' },
    price: facts?.prices ? toScriptPrice(facts.prices) : null,
    // No provider says what a model is for, but all of them call these so.
    type: /embed/i.test(model) ? 'embeddings' : 'completions',
    limits: { max_context_size: facts?.contextWindow ?? null },
    capabilities: [],
    input_formats: ['text'],
    output_formats: ['text'],
  }
}

function toScriptPrice({ input, output, cachedInput, cacheWrite }: PriceList): ScriptPrice {
  return {
    per_input_token: lowest(input) ?? 0,
    per_output_token: lowest(output) ?? 0,
    per_cached_input_token: lowest(cachedInput),
    per_cached_input_write_token: lowest(cacheWrite),
  }
}

/** The price of a small prompt, where larger ones cost more. */
function lowest(price: Price | undefined): number | null {
  if (price === undefined) return null
  return typeof price === 'number' ? price : price.base
}
