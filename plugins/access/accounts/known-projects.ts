import type { IncomingHttpHeaders } from 'node:http'

import { GatewayError, type Caller } from '#core'

import type { ProjectRow } from './project-table.ts'

/** The projects, in memory, and which of them a request is about. */
export interface KnownProjects {
  /**
   * The caller in the project that the request names (`X-Project-Id`, or `OpenAI-Project` as OpenAI's
   * own clients send it); without a name it is the key's own. A key sees no project but its own,
   * an operator's sees all. Throws 400, 401 or 404.
   */
  place(caller: Caller, headers: IncomingHttpHeaders): Caller
  absorb(rows: readonly ProjectRow[]): void
  find(id: string): ProjectRow | undefined
}

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

export function createKnownProjects(): KnownProjects {
  const byId = new Map<string, ProjectRow>()

  function enter(caller: Caller, name: string): Caller {
    if (!UUID.test(name)) {
      throw new GatewayError('invalid_parameter', 'The project id is not a UUID.', {
        param: 'X-Project-Id',
      })
    }
    const id = name.toLowerCase()
    if (id === caller.projectId) return caller
    const project = byId.get(id)
    const mayEnter = caller.scopes.includes('operator')
    if (mayEnter && project && !project.archived_at) return { ...caller, projectId: id }
    throw projectNotFound()
  }

  return {
    place(caller, headers) {
      if (byId.get(caller.projectId)?.archived_at) throw archived()
      const name = headers['x-project-id'] ?? headers['openai-project']
      return typeof name === 'string' && name !== '' ? enter(caller, name) : caller
    },
    absorb(rows) {
      for (const row of rows) byId.set(row.id, row)
    },
    find: (id) => byId.get(id),
  }
}

/** The same words for a project of somebody else's, so that nobody learns of it. */
export function projectNotFound(): GatewayError {
  const message = 'There is no such project, or this key may not use it.'
  return new GatewayError('project_not_found', message, { param: 'X-Project-Id' })
}

function archived(): GatewayError {
  const message = 'The project of this API key was archived. Ask for a key of another one.'
  return new GatewayError('revoked_api_key', message)
}
