import {
  type Database,
  Reply,
  requestProblem,
  type Route,
  type RouteCall,
  readPage,
  toList,
} from '#core'

import type { Definition } from './definition.ts'
import { readNewModel, readNewVersion } from './model-body.ts'
import { type ModelEditor, noModel, noVersion } from './model-editor.ts'
import {
  toConfiguredJson,
  toConfiguredVersionJson,
  toModelJson,
  toVersionJson,
} from './model-json.ts'
import { allModels, type ModelKey, modelOf, versionOf, versionsOf } from './model-table.ts'

export interface ModelRoutesParts {
  readonly database: Database
  readonly editor: ModelEditor
  /** Those of the config file. */
  readonly config: ReadonlyMap<string, Definition>
}

const ALL = '/api/virtual-models'
const ONE = '/api/virtual-models/:name'
const VERSIONS = '/api/virtual-models/:name/versions'
const VERSION = '/api/virtual-models/:name/versions/:version'

/** Virtual models over HTTP, each in the project of the caller. A slash in a name is written `%2F`. */
export function modelRoutes({ database, editor, config }: ModelRoutesParts): readonly Route[] {
  async function show(key: ModelKey, wanted?: number): Promise<object> {
    const configured = config.get(key.name)
    if (configured) {
      if (wanted !== undefined && wanted !== 1) throw noVersion(key, wanted)
      return { ...toConfiguredVersionJson(configured), ...toConfiguredJson(key.name) }
    }
    const row = await modelOf(database, key)
    if (!row) throw noModel(key)
    const number = wanted ?? row.published_version ?? row.latest_version
    const version = await versionOf(database, key, number)
    if (!version) throw noVersion(key, number)
    return { ...toVersionJson(version), ...toModelJson(row) }
  }

  return [
    {
      method: 'GET',
      path: ALL,
      access: 'read',
      summary: 'The virtual models of the project and of the config file, by name.',
      async handle({ caller, query }) {
        const page = readPage(query)
        const rows = await allModels(database, caller?.projectId)
        const all = [
          ...[...config].map(([name, { description = null }]) => ({
            ...toConfiguredJson(name),
            description,
          })),
          ...rows
            .filter(({ name }) => !config.has(name))
            .map((row) => ({ ...toModelJson(row), description: row.description })),
        ].toSorted((a, b) => (a.name < b.name ? -1 : 1))
        return toList(all.slice(page.offset, page.offset + page.limit), all.length, page)
      },
    },
    {
      method: 'POST',
      path: ALL,
      access: 'admin',
      summary: 'Makes a virtual model: a draft, unless it says "publish".',
      async handle(call) {
        const { name, definition, isPublished } = readNewModel(await call.json())
        const key = { projectId: projectOf(call), name }
        const version = await editor.create(key, definition, isPublished)
        return new Reply(201, await show(key, version))
      },
    },
    {
      method: 'GET',
      path: ONE,
      access: 'read',
      summary: 'A virtual model: the version that is served, or the last draft.',
      handle: (call) => show(keyOf(call)),
    },
    {
      method: 'PUT',
      path: ONE,
      access: 'admin',
      summary: 'Saves a new version: a draft, unless it says "publish".',
      async handle(call) {
        const { definition, isPublished } = readNewVersion(await call.json())
        const key = keyOf(call)
        return show(key, await editor.save(key, definition, isPublished))
      },
    },
    {
      method: 'DELETE',
      path: ONE,
      access: 'admin',
      summary: 'Deletes a virtual model with all its versions.',
      async handle(call) {
        await editor.remove(keyOf(call))
        return { success: true, message: 'Virtual model deleted' }
      },
    },
    {
      method: 'GET',
      path: VERSIONS,
      access: 'read',
      summary: 'The versions of a virtual model, the newest first.',
      async handle(call) {
        const page = readPage(call.query)
        const key = keyOf(call)
        const configured = config.get(key.name)
        if (configured) {
          const only = [toConfiguredVersionJson(configured)].slice(page.offset)
          return toList(only, 1, page)
        }
        const row = await modelOf(database, key)
        if (!row) throw noModel(key)
        const versions = await versionsOf(database, key, page)
        return toList(versions.map(toVersionJson), row.latest_version, page)
      },
    },
    {
      method: 'GET',
      path: VERSION,
      access: 'read',
      summary: 'One version of a virtual model.',
      handle: (call) => show(keyOf(call), versionIn(call)),
    },
    {
      method: 'POST',
      path: `${VERSION}/publish`,
      access: 'admin',
      summary: 'Lets the plain name stand for this version, newer or older.',
      async handle(call) {
        const key = keyOf(call)
        const version = versionIn(call)
        await editor.publish(key, version)
        return show(key, version)
      },
    },
  ]
}

function projectOf({ caller }: RouteCall): string {
  if (caller) return caller.projectId
  throw new Error('These routes are never public.')
}

function keyOf(call: RouteCall): ModelKey {
  return { projectId: projectOf(call), name: call.params['name'] ?? '' }
}

function versionIn({ params }: RouteCall): number {
  const text = params['version'] ?? ''
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw requestProblem('version', 'must be the number of a version')
}
