import type { Caller, ListedModel, ModelDirectory, Price, PriceList, Route, RouteCall } from '#core'

import type { KnownModels } from './known-models.ts'
import type { ModelRow } from './model-table.ts'
import { providerId } from './provider-id.ts'

export interface ListingParts {
  readonly directory: ModelDirectory
  readonly known: KnownModels
  readonly providers: () => readonly string[]
  /** Who asks, where a key came along; these lists need none. */
  readonly identify: (headers: RouteCall['headers']) => Promise<Caller | undefined>
}

/** When LangDB says that every model was made. */
const MODEL_CREATED = 1_686_935_002

/** What can be asked for and what it costs, to everybody, as LangDB tells it; with a key also what is the project's. */
export function listingRoutes(parts: ListingParts): readonly Route[] {
  const { directory, known, identify } = parts
  return [
    {
      method: 'GET',
      path: '/models',
      access: 'public',
      summary: 'All models, in the form of OpenAI.',
      async handle({ headers }) {
        const caller = await identify(headers)
        const data = directory.list(caller?.projectId).map(({ id, provider }) => ({
          id,
          object: 'model',
          created: MODEL_CREATED,
          owned_by: provider,
        }))
        return { object: 'list', data }
      },
    },
    {
      method: 'GET',
      path: '/pricing',
      access: 'public',
      summary: 'What models cost, in USD per 1,000,000 tokens.',
      async handle({ headers }) {
        const projectId = (await identify(headers))?.projectId
        const described = known.all(projectId).map((row) => toCustomElement(row, parts, projectId))
        const listed = directory
          .list(projectId)
          .filter(({ provider }) => provider !== 'virtual')
          .map((model) => toElement(model, parts, projectId))
        return [...described, ...listed]
      },
    },
    {
      method: 'GET',
      path: '/providers',
      access: 'read',
      summary: 'The providers and their ids.',
      handle: () => ({
        data: parts.providers().map((name) => ({
          id: providerId(name),
          name,
          title: directory.provider(name)?.title ?? name,
        })),
      }),
    },
  ]
}

function toElement(
  { id, provider }: ListedModel,
  { directory }: ListingParts,
  projectId: string | undefined,
): object {
  const model = id.slice(provider.length + 1)
  const facts = directory.facts({ provider, model }, projectId)
  return {
    model,
    provider,
    price: toPrice(facts.prices),
    input_formats: ['text', ...(facts.capabilities?.has('vision') ? ['image'] : [])],
    output_formats: ['text'],
    capabilities: [...(facts.capabilities ?? [])].filter((name) => SHOWN.has(name)),
    // No provider says what a model is for, but all of them call these so.
    type: /embed/i.test(model) ? 'embeddings' : 'completions',
    limits: { max_context_size: facts.contextWindow ?? null },
  }
}

/** The capabilities that LangDB's lists speak of. */
const SHOWN: ReadonlySet<string> = new Set(['tools', 'reasoning'])

function toCustomElement(
  { provider, definition }: ModelRow,
  { directory }: ListingParts,
  projectId: string | undefined,
): object {
  const model = definition.model_name_in_provider || definition.model_name
  return {
    model: definition.model_name,
    provider,
    price: toPrice(directory.facts({ provider, model }, projectId).prices),
    input_formats: definition.input_types ?? ['text'],
    output_formats: definition.output_types ?? ['text'],
    capabilities: definition.capabilities ?? [],
    type: definition.model_type,
    limits: { max_context_size: definition.context_size ?? null },
  }
}

/** Null where it is unknown, which is not the same as free. */
function toPrice(prices: PriceList | undefined): object | null {
  if (!prices) return null
  return {
    per_input_token: base(prices.input),
    per_output_token: base(prices.output),
    per_cached_input_token: prices.cachedInput === undefined ? null : base(prices.cachedInput),
    per_cached_input_write_token: prices.cacheWrite === undefined ? null : base(prices.cacheWrite),
    valid_from: null,
  }
}

/** The price of a small prompt, where larger ones cost more. */
function base(price: Price): number {
  return typeof price === 'number' ? price : price.base
}
