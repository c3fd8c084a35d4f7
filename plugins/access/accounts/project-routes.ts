import {
  createBodyCheck,
  GatewayError,
  Reply,
  type Caller,
  type Database,
  type GuardDirectory,
  type GuardReference,
  type Route,
  type RouteCall,
  readPage,
  toList,
} from '#core'

import { GUARDS_SCHEMA, readGuards, toGuardList } from './guard-list.ts'
import { missingKey } from './key-refusal.ts'
import { projectNotFound } from './known-projects.ts'
import {
  archiveProject,
  insertProject,
  listProjects,
  updateProject,
  type ProjectRow,
} from './project-table.ts'

export const LONGEST_PROJECT_NAME = 200

const name = { type: 'string', minLength: 1, maxLength: LONGEST_PROJECT_NAME }

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { name },
})

const checkChange = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { name, guards: GUARDS_SCHEMA },
})

export interface ProjectRoutesParts {
  readonly database: Database
  readonly guards: GuardDirectory
  /** Makes a change hold in this process at once. */
  readonly refresh: () => Promise<void>
}

/** Projects over HTTP. Whoever is no operator sees the project of its key and no other. */
export function projectRoutes(parts: ProjectRoutesParts): readonly Route[] {
  const { database, guards, refresh } = parts
  return [
    {
      method: 'GET',
      path: '/projects',
      access: 'read',
      summary: 'The projects that the key may use.',
      async handle({ caller, query }) {
        const page = readPage(query)
        const { projects, total } = await listProjects(database, visibleTo(caller), page)
        return toList(projects.map(toProjectJson), total, page)
      },
    },
    {
      method: 'POST',
      path: '/projects',
      access: 'operator',
      summary: 'Makes a project.',
      async handle(call) {
        const body = await call.json()
        check(body)
        const project = await insertProject(database, (body as { name: string }).name)
        await refresh()
        return new Reply(201, toProjectJson(project))
      },
    },
    {
      method: 'GET',
      path: '/projects/:id',
      access: 'read',
      summary: 'One project.',
      async handle({ caller, params }) {
        const id = idIn(params, caller)
        const { projects } = await listProjects(database, [id], { limit: 1, offset: 0 })
        const [project] = projects
        if (!project) throw projectNotFound()
        return toProjectJson(project)
      },
    },
    {
      method: 'PUT',
      path: '/projects/:id',
      access: 'admin',
      summary: 'Renames a project, or says which guards read all its requests.',
      async handle(call) {
        const id = idIn(call.params, call.caller)
        const body = await call.json()
        checkChange(body)
        const { name, guards: listed } = body as ProjectChange
        const references = readGuards(listed)
        await guards.checkReferences(references ?? [], id, 'guards')
        const project = await updateProject(database, id, { name, guards: references })
        if (!project) throw projectNotFound()
        await refresh()
        return toProjectJson(project)
      },
    },
    {
      method: 'DELETE',
      path: '/projects/:id',
      access: 'operator',
      summary: 'Archives a project: its keys are refused, what it has used stays.',
      async handle({ caller, params }) {
        const id = idIn(params, caller)
        if (!(await archiveProject(database, id))) {
          const { projects } = await listProjects(database, [id], { limit: 1, offset: 0 })
          if (projects.length === 0) throw projectNotFound()
          const message = 'The default project can not be archived.'
          throw new GatewayError('invalid_parameter', message, { param: 'id' })
        }
        await refresh()
        return { id, archived: true }
      },
    },
  ]
}

export function toProjectJson(row: ProjectRow): object {
  const { id, name, is_default, guards, created_at } = row
  return { id, name, is_default, guards: toGuardList(guards), created_at }
}

interface ProjectChange {
  readonly name?: string
  readonly guards?: readonly (string | GuardReference)[]
}

/** An operator may see all projects, which is what undefined stands for. */
function visibleTo(caller: Caller | undefined): readonly string[] | undefined {
  if (!caller) throw missingKey()
  return caller.scopes.includes('operator') ? undefined : [caller.projectId]
}

function idIn(params: RouteCall['params'], caller: Caller | undefined): string {
  const id = (params['id'] ?? '').toLowerCase()
  const visible = visibleTo(caller)
  if (!/^[\da-f-]{36}$/.test(id) || (visible && !visible.includes(id))) throw projectNotFound()
  return id
}
