import {
  type Caller,
  type Database,
  GatewayError,
  type GuardDirectory,
  Reply,
  type Route,
  readPage,
  toList,
} from '#core'

import type { KeyHash } from './api-key.ts'
import { toGuardList } from './guard-list.ts'
import { readKeyBody, readKeyChange } from './key-body.ts'
import { issueKey, refuseScopesBeyond } from './key-issue.ts'
import { missingKey } from './key-refusal.ts'
import { keyOfProject, keysOfProject, type KeyRow, revokeKey, updateKey } from './key-table.ts'

export interface KeyRoutesParts {
  readonly database: Database
  readonly hash: KeyHash
  readonly guards: GuardDirectory
  /** Makes a change hold in this process at once. */
  readonly refresh: () => Promise<void>
}

/** Keys over HTTP, each in the project of the caller. */
export function keyRoutes(parts: KeyRoutesParts): readonly Route[] {
  const { database, hash, guards, refresh } = parts

  /** A key of the caller's project, whose scopes are none that the caller has not. */
  async function ownKey(id: string, caller: Caller): Promise<KeyRow> {
    const row = await keyOfProject(database, id, caller.projectId)
    if (!row) throw keyNotFound()
    refuseScopesBeyond(row.scopes, caller.scopes)
    return row
  }

  return [
    {
      method: 'GET',
      path: '/api/keys',
      access: 'admin',
      summary: 'The API keys of the project, the newest first.',
      async handle({ caller, query }) {
        const page = readPage(query)
        const { keys, total } = await keysOfProject(database, known(caller).projectId, page)
        return toList(keys.map(toKeyJson), total, page)
      },
    },
    {
      method: 'POST',
      path: '/api/keys',
      access: 'admin',
      summary: 'Makes an API key. It is told once, in the answer.',
      async handle(call) {
        const { projectId, scopes } = known(call.caller)
        const wish = readKeyBody(await call.json())
        refuseScopesBeyond(wish.scopes, scopes)
        await guards.checkReferences(wish.guards, projectId, 'guards')
        const { key, row } = await issueKey(database, hash, { ...wish, projectId })
        await refresh()
        const message = 'Keep this key: it is not shown again.'
        return new Reply(201, { ...toKeyJson(row), key, message }, { 'cache-control': 'no-store' })
      },
    },
    {
      method: 'PUT',
      path: '/api/keys/:id',
      access: 'admin',
      summary: 'Renames an API key, or says which guards read all its requests.',
      async handle({ params, ...call }) {
        const caller = known(call.caller)
        const { projectId } = caller
        const { id } = await ownKey(params['id'] ?? '', caller)
        const change = readKeyChange(await call.json())
        await guards.checkReferences(change.guards ?? [], projectId, 'guards')
        const row = await updateKey(database, { id, projectId }, change)
        if (!row) throw keyNotFound()
        await refresh()
        return toKeyJson(row)
      },
    },
    {
      method: 'DELETE',
      path: '/api/keys/:id',
      access: 'admin',
      summary: 'Revokes an API key.',
      async handle({ caller, params }) {
        const row = await ownKey(params['id'] ?? '', known(caller))
        await revokeKey(database, row.id)
        await refresh()
        return { success: true, message: 'API key deleted' }
      },
    },
  ]
}

/** A key as the API tells it: everything but the key. */
export function toKeyJson(row: KeyRow): object {
  return {
    id: row.id,
    name: row.name,
    key_prefix: row.key_prefix,
    permissions: row.scopes,
    project_id: row.project_id,
    guards: toGuardList(row.guards),
    created_at: row.created_at,
    expires_at: row.expires_at,
    revoked_at: row.revoked_at,
    last_used_at: row.last_used_at,
  }
}

function keyNotFound(): GatewayError {
  return new GatewayError('key_not_found', 'There is no API key with this id.')
}

function known(caller: Caller | undefined): Caller {
  if (caller) return caller
  throw missingKey()
}
