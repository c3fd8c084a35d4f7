import { calcPrice, findProvider, type ModelPrice } from '@pydantic/genai-prices'
import { LRUCache } from 'lru-cache'

import type { ModelCapability } from './model-capability.ts'
import { familyCapabilities } from './model-families.ts'
import type { Provider } from './provider.ts'

/** What is known of a model. */
export interface ModelFacts {
  /** All that it can; undefined when nobody knows. */
  readonly capabilities?: ReadonlySet<ModelCapability> | undefined
  /** Tokens. */
  readonly contextWindow: number | undefined
  readonly prices: PriceList | undefined
}

/** USD per 1,000,000 tokens of each class; a class without a price of its own costs what `input` or `output` costs. */
export interface PriceList {
  readonly input: Price
  readonly output: Price
  readonly cachedInput?: Price | undefined
  readonly cacheWrite?: Price | undefined
  /** For what is to stay in the prompt cache for an hour; without it, the price of `cacheWrite`. */
  readonly cacheWrite1h?: Price | undefined
  readonly audioInput?: Price | undefined
  readonly audioOutput?: Price | undefined
  /** USD for each request, beside its tokens. */
  readonly perRequest?: number | undefined
}

/** Flat, or by the size of the prompt: the tier whose `start` the input tokens exceed holds for all of them. */
export type Price =
  | number
  | {
      readonly base: number
      readonly tiers: readonly { readonly start: number; readonly price: number }[]
    }

/** Prices by `provider/model`, written in the config file; they win over the catalogue. */
export type PriceOverrides = Readonly<Record<string, PriceList>>

/** What an operator knows of a model, by `provider/model`; it wins over what is known of its family. */
export type ModelOverrides = Readonly<
  Record<
    string,
    {
      readonly capabilities?: readonly ModelCapability[] | undefined
      /** Tokens. */
      readonly contextWindow?: number | undefined
    }
  >
>

export interface Catalogue {
  facts(provider: string, model: string): ModelFacts
  /** The models that are known of a provider. */
  models(provider: string): ReadonlyMap<string, ModelFacts>
}

/** Prices that hold at certain hours (DeepSeek) are looked up again after this time. */
const FACTS_TTL_MS = 60_000

/** What `@pydantic/genai-prices` knows, offline, beneath the prices of the config file. */
export function createCatalogue(
  providers: readonly Provider[],
  overrides: PriceOverrides = {},
  told: ModelOverrides = {},
): Catalogue {
  const catalogueNames = new Map(
    providers.map(({ name, catalogueName }) => [name, catalogueName ?? name]),
  )
  /** By provider and model: to join the two names for each request would cost more than the rest. */
  const known = new Map<string, LRUCache<string, ModelFacts>>()

  function cacheFor(provider: string): LRUCache<string, ModelFacts> {
    const cache = known.get(provider)
    if (cache) return cache
    const fresh = new LRUCache<string, ModelFacts>({
      max: 500,
      ttl: FACTS_TTL_MS,
      // The clock is not read for every request.
      ttlResolution: FACTS_TTL_MS / 60,
    })
    known.set(provider, fresh)
    return fresh
  }

  function lookUp(provider: string, model: string): ModelFacts {
    const providerId = catalogueNames.get(provider) ?? provider
    const override = overrides[`${provider}/${model}`]
    const found = calcPrice({ input_tokens: 0 }, model, { providerId })
    return {
      ...capabilitiesOf(provider, model),
      contextWindow: told[`${provider}/${model}`]?.contextWindow ?? found?.model.context_window,
      prices: override ?? (found ? toPriceList(found.model_price) : undefined),
    }
  }

  function capabilitiesOf(provider: string, model: string): Pick<ModelFacts, 'capabilities'> {
    const capabilities = told[`${provider}/${model}`]?.capabilities
    return { capabilities: capabilities ? new Set(capabilities) : familyCapabilities(model) }
  }

  return {
    facts(provider, model) {
      const cache = cacheFor(provider)
      const cached = cache.get(model)
      if (cached) return cached
      const facts = lookUp(provider, model)
      cache.set(model, facts)
      return facts
    },
    models(provider) {
      const providerId = catalogueNames.get(provider) ?? provider
      const found = findProvider({ providerId })?.models.filter((model) => !model.deprecated) ?? []
      return new Map(
        found.map(({ id, context_window: contextWindow, prices }) => {
          // Prices that depend on the date are chosen by the catalogue itself, which takes longer.
          if (Array.isArray(prices)) return [id, lookUp(provider, id)]
          const override = overrides[`${provider}/${id}`]
          const facts = {
            ...capabilitiesOf(provider, id),
            contextWindow: told[`${provider}/${id}`]?.contextWindow ?? contextWindow,
            prices: override ?? toPriceList(prices),
          }
          return [id, facts]
        }),
      )
    },
  }
}

/** A price list, when the catalogue has at least the price of the input. */
function toPriceList(price: ModelPrice): PriceList | undefined {
  const input = price['input_mtok']
  if (input === undefined) return undefined
  const perThousand = price['requests_kcount']
  return {
    input,
    output: price['output_mtok'] ?? 0,
    cachedInput: price['cache_read_mtok'],
    cacheWrite: price['cache_write_mtok'],
    cacheWrite1h: price['cache_write_1h_mtok'],
    audioInput: price['input_audio_mtok'],
    audioOutput: price['output_audio_mtok'],
    perRequest: typeof perThousand === 'number' ? perThousand / 1000 : undefined,
  }
}
