import {
  createBodyCheck,
  GatewayError,
  requestProblem,
  type Database,
  type ModelDirectory,
  type Route,
} from '#core'

import { storePrices, type PriceChange } from './price-table.ts'

const MOST_PRICES = 1000
const price = { type: 'number', minimum: 0, maximum: 1_000_000 } as const

const check = createBodyCheck({
  type: 'object',
  minProperties: 1,
  maxProperties: MOST_PRICES,
  additionalProperties: {
    type: ['object', 'null'],
    additionalProperties: false,
    required: ['per_input_token', 'per_output_token'],
    properties: {
      per_input_token: price,
      per_output_token: price,
      per_cached_input_token: { ...price, type: ['number', 'null'] },
    },
  },
})

type Prices = Readonly<
  Record<
    string,
    {
      per_input_token: number
      per_output_token: number
      per_cached_input_token?: number | null
    } | null
  >
>

/** `POST /projects/{id}/custom_prices`: what a project pays for a model. USD per 1,000,000 tokens. */
export function priceRoute(
  database: Database,
  models: ModelDirectory,
  refresh: () => Promise<void>,
): Route {
  return {
    method: 'POST',
    path: '/projects/:id/custom_prices',
    access: 'admin',
    summary: 'Sets prices of models for a project; null takes one back.',
    async handle(call) {
      const { params, caller } = call
      const projectId = caller?.projectId
      if (projectId === undefined || projectId !== params['id']?.toLowerCase()) {
        const message = 'There is no such project, or this key may not use it.'
        throw new GatewayError('project_not_found', message, { param: 'id' })
      }
      const body = await call.json()
      check(body)
      const prices = body as Prices
      const changes = Object.entries(prices).map(
        ([name, given]) => [targetOf(name, models, projectId), toChange(given)] as const,
      )
      await storePrices(database, projectId, changes)
      await refresh()
      return prices
    },
  }
}

function toChange(given: Prices[string] | undefined): PriceChange {
  return given ? { ...given, per_cached_input_token: given.per_cached_input_token ?? null } : null
}

/** Names are written with their provider, for the same model costs differently elsewhere. */
function targetOf(name: string, models: ModelDirectory, projectId: string): string {
  const [target, ...others] = models.targets(name, projectId)
  if (!target) throw models.notFound(name, name, projectId)
  if (others.length > 0 || target.router !== undefined) {
    throw requestProblem(name, 'stands for several models; set their prices')
  }
  return `${target.provider}/${target.model}`
}
