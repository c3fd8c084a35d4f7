import {
  ANYBODY,
  GatewayError,
  Reply,
  requestProblem,
  type Caller,
  type Database,
  type GuardDirectory,
  type Route,
} from '#core'

import { readGuardBody } from './guard-body.ts'
import { newGuardId } from './guard-id.ts'
import { toGuardJson, toKindJson, toTemplateJson } from './guard-json.ts'
import { deleteGuard, insertGuard, updateGuard, type GuardRow } from './guard-table.ts'
import type { KnownGuards } from './known-guards.ts'
import { completeWish, toSettings } from './stored-settings.ts'

export interface GuardRoutesParts {
  readonly database: Database
  readonly directory: GuardDirectory
  readonly known: KnownGuards
}

/** Guards over HTTP: those of the config file to be read, those of the caller's project to be changed. */
export function guardRoutes({ database, directory, known }: GuardRoutesParts): readonly Route[] {
  const json = (id: string, caller: Caller): object => {
    const guard = directory.find(id, caller.projectId)
    if (!guard) throw notFound(id)
    return toGuardJson(guard, known.row(id, caller.projectId), caller)
  }

  /** The change holds in this process at once. */
  function learn(row: GuardRow | undefined): void {
    if (row) known.absorb([row])
  }

  function refuseDeclared(id: string, { projectId }: Caller): void {
    if (known.row(id, projectId)) return
    if (!directory.find(id, projectId)) throw notFound(id)
    throw requestProblem('id', 'is a guard of the config file, which only the config file changes')
  }

  return [
    {
      method: 'GET',
      path: '/api/guards',
      access: 'read',
      summary: 'The guards that requests of the project can use.',
      handle({ caller = ANYBODY }) {
        const { projectId } = caller
        const data = directory
          .list(projectId)
          .map((guard) => toGuardJson(guard, known.row(guard.id, projectId), caller))
        const total = data.length
        return { data, pagination: { total, limit: total, offset: 0, hasMore: false } }
      },
    },
    {
      method: 'GET',
      path: '/api/guards/templates',
      access: 'read',
      summary: 'What guards can be made from: templates, and the kinds themselves.',
      handle: () => ({
        data: directory.templates().map(toTemplateJson),
        kinds: directory.kinds().map(toKindJson),
      }),
    },
    {
      method: 'POST',
      path: '/api/guards',
      access: 'admin',
      summary: 'Makes a guard from a template or a kind.',
      async handle({ caller = ANYBODY, ...call }) {
        const { id: wanted, wish } = readGuardBody(await call.json())
        const stored = completeWish(wish, directory)
        const id = wanted ?? newGuardId(stored.templateId ?? stored.type)
        directory.create(toSettings(id, stored, directory))
        const { projectId } = caller
        const isTaken = directory.find(id, projectId) !== undefined
        const row = isTaken ? undefined : await insertGuard(database, projectId, id, stored)
        if (!row) {
          throw new GatewayError('name_taken', `There is a guard "${id}" already.`, { param: 'id' })
        }
        learn(row)
        return new Reply(201, json(id, caller))
      },
    },
    {
      method: 'GET',
      path: '/api/guards/:id',
      access: 'read',
      summary: 'One guard.',
      handle: ({ caller = ANYBODY, params }) => json(params['id'] ?? '', caller),
    },
    {
      method: 'PUT',
      path: '/api/guards/:id',
      access: 'admin',
      summary: 'Makes a guard anew, under its id.',
      async handle({ caller = ANYBODY, params, ...call }) {
        const id = params['id'] ?? ''
        refuseDeclared(id, caller)
        const { id: said = id, wish } = readGuardBody(await call.json())
        if (said !== id) throw requestProblem('id', 'can not be changed')
        const stored = completeWish(wish, directory)
        directory.create(toSettings(id, stored, directory))
        const row = await updateGuard(database, caller.projectId, id, stored)
        if (!row) throw notFound(id)
        learn(row)
        return json(id, caller)
      },
    },
    {
      method: 'DELETE',
      path: '/api/guards/:id',
      access: 'admin',
      summary: 'Takes a guard away that no policy names. Requests that name it are then refused.',
      async handle({ caller = ANYBODY, params }) {
        const id = params['id'] ?? ''
        refuseDeclared(id, caller)
        const users = await directory.usesOf(id, caller.projectId)
        if (users.length > 0) throw inUse(id, users)
        learn(await deleteGuard(database, caller.projectId, id))
        return { success: true, message: 'Guard deleted' }
      },
    },
  ]
}

function inUse(id: string, users: readonly string[]): GatewayError {
  const named = users.slice(0, MOST_NAMED).join(', ')
  const more = users.length > MOST_NAMED ? ` and ${users.length - MOST_NAMED} more` : ''
  const message = `The guard "${id}" must read all requests of ${named}${more}: take it out of their "guards" first.`
  return new GatewayError('guard_in_use', message, { param: 'id', details: { used_by: users } })
}

const MOST_NAMED = 5

export function notFound(id: string): GatewayError {
  return new GatewayError('guard_not_found', `There is no guard "${id}".`, { param: 'id' })
}
