import type { Discovery } from '../discovery.ts'
import { GatewayError } from '../errors.ts'
import type { ListedModel, ModelDirectory } from '../models.ts'
import type { RecentExplains } from '../recent-explains.ts'
import { Reply, type Route } from '../route.ts'
import type { Ledger } from '../services.ts'

interface CoreParts {
  readonly models: ModelDirectory
  readonly discovery: Discovery
  readonly recentExplains: RecentExplains
  readonly ledger: Ledger | undefined
  readonly isReady: () => boolean
}

/** As OpenAI's clients know it; the time is the same for all, for nobody publishes it. */
const MODEL_CREATED = 1_686_935_002

/** The routes that every gateway has, whatever its plugins. */
export function coreRoutes(parts: CoreParts): Route[] {
  const { models, discovery, recentExplains, ledger, isReady } = parts
  return [
    {
      method: 'GET',
      path: '/livez',
      access: 'public',
      summary: 'The process runs.',
      handle: () => ({ status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      access: 'public',
      summary: 'Requests are served: everything has started, and nothing is stopping.',
      handle: () =>
        isReady()
          ? { status: 'ok' }
          : new Reply(503, { status: 'unavailable' }, { 'retry-after': '1' }),
    },
    {
      method: 'GET',
      path: '/v1/models',
      access: 'read',
      summary: 'All models that can be asked for.',
      async handle({ caller }) {
        await discovery.refresh()
        return { object: 'list', data: models.list(caller?.projectId).map(toWire) }
      },
    },
    {
      method: 'GET',
      path: '/v1/models/*model',
      access: 'read',
      summary: 'One model.',
      handle({ params, caller }) {
        const id = params['model'] ?? ''
        const found = models.list(caller?.projectId).find((model) => model.id === id)
        if (found) return toWire(found)
        const [target] = models.targets(id, caller?.projectId)
        if (!target) throw models.notFound(id, 'model', caller?.projectId)
        return toWire({ id, provider: target.provider, facts: undefined })
      },
    },
    {
      method: 'GET',
      path: '/api/requests/:id/explain',
      access: 'read',
      summary: 'What each plugin decided for a request, and how long it took.',
      async handle({ params, caller }) {
        const id = params['id'] ?? ''
        const project = caller?.projectId ?? ''
        const steps = recentExplains.find(id, project) ?? (await ledger?.explain(id, project))
        if (steps) return { request_id: id, steps }
        throw new GatewayError(
          'request_not_found',
          `No explain record of "${id}" is kept. Send "x-tapgate-explain: 1" with a request to keep one.`,
        )
      },
    },
  ]
}

function toWire({ id, provider, facts }: ListedModel): object {
  return {
    id,
    object: 'model',
    created: MODEL_CREATED,
    owned_by: provider,
    ...(facts?.contextWindow === undefined ? {} : { context_length: facts.contextWindow }),
  }
}
