import { randomUUID } from 'node:crypto'

import {
  GatewayError,
  requestProblem,
  type Caller,
  type Database,
  type ModelDirectory,
  type Route,
  type RouteCall,
} from '#core'

import type { CheckAdminKey } from './admin-key.ts'
import { decimal, readDefinition, type ModelDefinition } from './definition.ts'
import type { KnownModels } from './known-models.ts'
import { deleteModel, insertModel, replaceModel, type NewModel } from './model-table.ts'
import { providerId } from './provider-id.ts'

export interface ModelRouteParts {
  readonly database: Database
  readonly known: KnownModels
  readonly directory: ModelDirectory
  /** The names of the providers that are configured. */
  readonly providers: () => readonly string[]
  readonly checkAdminKey: CheckAdminKey
  readonly refresh: () => Promise<void>
}

/** `/admin/models`, as LangDB has it, and what belongs to it. */
export function modelRoutes(parts: ModelRouteParts): readonly Route[] {
  const { database, known, checkAdminKey, refresh } = parts

  const find = ({ params, caller }: RouteCall): NewModel => {
    const found = known.find(params['id'] ?? '', callerOf(caller).projectId)
    if (found) return found
    throw new GatewayError('model_not_found', 'There is no custom model with this id.', {
      param: 'id',
    })
  }

  return [
    {
      method: 'GET',
      path: '/admin/models',
      access: 'read',
      summary: 'The models that the project has described.',
      async handle(call) {
        await checkAdminKey(call)
        const { projectId } = callerOf(call.caller)
        const own = known.all(projectId).filter((row) => row.project_id === projectId)
        return { data: own.map(toModelJson) }
      },
    },
    {
      method: 'POST',
      path: '/admin/models',
      access: 'write',
      summary: 'Describes a model: it can be asked for at once.',
      async handle(call) {
        await checkAdminKey(call)
        const model = toModel(randomUUID(), readDefinition(await call.json()), call, parts)
        if (!(await insertModel(database, model))) throw nameTaken(model)
        await refresh()
        return toModelJson(model)
      },
    },
    {
      method: 'GET',
      path: '/admin/models/:id',
      access: 'read',
      summary: 'One of them.',
      async handle(call) {
        await checkAdminKey(call)
        return toModelJson(find(call))
      },
    },
    {
      method: 'PUT',
      path: '/admin/models/:id',
      access: 'write',
      summary: 'Describes it anew; fields that are left out stay.',
      async handle(call) {
        await checkAdminKey(call)
        const { id, definition } = find(call)
        const changes = await call.json()
        if (typeof changes !== 'object' || changes === null || Array.isArray(changes)) {
          throw requestProblem('', 'must be an object')
        }
        const model = toModel(id, readDefinition({ ...definition, ...changes }), call, parts)
        if (!(await replaceModel(database, model))) throw nameTaken(model)
        await refresh()
        return toModelJson(model)
      },
    },
    {
      method: 'DELETE',
      path: '/admin/models/:id',
      access: 'write',
      summary: 'Takes it away.',
      async handle(call) {
        await checkAdminKey(call)
        const { id } = find(call)
        await deleteModel(database, id)
        await refresh()
        return { id, deleted: true }
      },
    },
  ]
}

function toModel(
  id: string,
  definition: ModelDefinition,
  { caller }: RouteCall,
  { providers }: ModelRouteParts,
): NewModel {
  const { projectId, scopes } = callerOf(caller)
  if (definition.project_id !== projectId) {
    const message = 'must be the project of the request; name another one in "X-Project-Id"'
    throw requestProblem('project_id', message)
  }
  const isPublic = definition.public === true
  if (isPublic && !scopes.includes('operator')) {
    throw requestProblem('public', "can be true with an operator's key only")
  }
  const asked = definition.provider_info_id ?? definition.provider_id ?? ''
  const provider = providers().find(
    (name) => name === asked || providerId(name) === asked.toLowerCase(),
  )
  if (provider === undefined) {
    const message = `is no provider of this gateway; GET /providers lists the ids of: ${providers().join(', ')}`
    const path = definition.provider_info_id === undefined ? 'provider_id' : 'provider_info_id'
    throw requestProblem(path, message)
  }
  return {
    id,
    project_id: projectId,
    is_public: isPublic,
    model_name: definition.model_name,
    provider,
    definition,
  }
}

/** As LangDB answers it: prices for one token, as strings. */
function toModelJson({ id, provider, definition }: NewModel): object {
  return {
    id,
    model_name: definition.model_name,
    description: definition.description,
    provider_info_id: providerId(provider),
    model_type: definition.model_type,
    input_token_price: decimal(definition.input_token_price),
    output_token_price: decimal(definition.output_token_price),
    context_size: definition.context_size ?? null,
    capabilities: definition.capabilities ?? [],
    input_types: definition.input_types ?? [],
    output_types: definition.output_types ?? [],
    tags: definition.tags ?? [],
    type_prices: definition.type_prices ?? null,
    mp_price: definition.mp_price ?? null,
    model_name_in_provider: definition.model_name_in_provider ?? null,
    owner_name: definition.owner_name,
    priority: definition.priority,
    parameters: definition.parameters ?? null,
  }
}

function nameTaken({ model_name: name }: NewModel): GatewayError {
  return new GatewayError('name_taken', `The project has a model called "${name}" already.`, {
    param: 'model_name',
  })
}

function callerOf(caller: Caller | undefined): Caller {
  if (caller) return caller
  throw new GatewayError('missing_api_key', 'This route needs an API key.')
}
