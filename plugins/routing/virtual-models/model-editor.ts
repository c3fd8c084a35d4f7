import {
  type Database,
  GatewayError,
  type GuardDirectory,
  type ModelDirectory,
  requestProblem,
  type Services,
} from '#core'

import { checkDefinition, type RefusedField } from './check-definition.ts'
import type { Definition } from './definition.ts'
import { findLoop } from './find-loop.ts'
import type { KnownModels } from './known-models.ts'
import {
  addVersion,
  deleteModel,
  insertModel,
  modelOf,
  type ModelKey,
  publishVersion,
  type Queries,
  versionOf,
} from './model-table.ts'
import { modelsNamed } from './target-specs.ts'

/**
 * Changes virtual models. Each is checked against what all gateways have published by then, and holds
 * in this process when it is done. Throws GatewayErrors.
 */
export interface ModelEditor {
  /** Makes a model whose first version is a draft, or published. Throws 409 when the name is taken. */
  create(key: ModelKey, definition: Definition, isPublished: boolean): Promise<number>
  /** Adds a version, a draft or published, and gives its number. */
  save(key: ModelKey, definition: Definition, isPublished: boolean): Promise<number>
  /** Lets the plain name stand for a version, be it newer or older than the one before. */
  publish(key: ModelKey, version: number): Promise<void>
  remove(key: ModelKey): Promise<void>
}

export interface ModelEditorParts {
  readonly database: Database
  readonly known: KnownModels
  readonly models: ModelDirectory
  readonly guards: GuardDirectory
  readonly services: Services
  readonly refusedField: RefusedField
  readonly refresh: () => Promise<void>
}

/** Characters of JSON: all that is published is kept in memory. */
const LONGEST_DEFINITION = 256 * 1024
const DEEPEST_NESTING = 64
const LONGEST_NAME = 200
const NAME = /^[A-Za-z\d][\w.-]*(\/[\w.-]+)*$/

export function createModelEditor(parts: ModelEditorParts): ModelEditor {
  const { database, known, models, guards, services, refusedField, refresh } = parts

  function check(key: ModelKey, definition: Definition): void {
    checkSize(definition)
    checkDefinition(definition, refusedField)
    checkLoop(key, definition)
    checkModels(key, definition)
    definition.guards?.forEach((guard, index) => {
      const id = typeof guard === 'string' ? guard : guard.id
      if (guards.find(id, key.projectId)) return
      const message = `The guard "${id}" does not exist.`
      throw new GatewayError('guard_not_found', message, { param: `guards[${index}]` })
    })
  }

  function checkModels({ projectId }: ModelKey, { targets = [], router }: Definition): void {
    targets.forEach((target, index) => {
      const path = `targets[${index}]`
      if (typeof target === 'string') models.resolve(target, path, projectId)
      else models.resolve(String(target['model']), `${path}.model`, projectId)
    })
    if (router === undefined) return
    if (!('routers' in services)) throw requestProblem('router', 'needs the plugin "routers"')
    services.routers.check(router, 'router', projectId)
  }

  /** As if the definition were published already. */
  function checkLoop({ projectId, name }: ModelKey, definition: Definition): void {
    const own = modelsNamed(definition)
    const referencesOf = (written: string): readonly string[] =>
      (written === name ? own : known.follow(written, projectId).models).map(
        (model) => known.follow(model, projectId).name,
      )
    const loop = findLoop([name], referencesOf)
    if (!loop) return
    const param = definition.router === undefined ? 'targets' : 'router'
    throw requestProblem(param, `is a loop: ${loop.join(' → ')}`)
  }

  function checkName({ name }: ModelKey): void {
    if (!NAME.test(name) || name.length > LONGEST_NAME) {
      const wanted = 'must be letters, digits and any of "_.-/", and begin with one of the former'
      throw requestProblem('name', wanted)
    }
    if (models.targets(name).length > 0) throw nameTaken(name, 'a model')
  }

  function refuseConfigured({ name }: ModelKey): void {
    if (known.configured(name)) throw nameTaken(name, 'a virtual model of the config file')
  }

  async function publish(query: Queries, key: ModelKey, version: number): Promise<void> {
    const row = await versionOf(query, key, version)
    if (!row) throw noVersion(key, version)
    checkLoop(key, row.definition)
    await publishVersion(query, key, version)
  }

  return {
    async create(key, definition, isPublished) {
      refuseConfigured(key)
      checkName(key)
      await refresh()
      check(key, definition)
      await database.transaction(async (query) => {
        if (!(await insertModel({ query }, key, definition))) {
          throw nameTaken(key.name, 'a virtual model of this project')
        }
        if (isPublished) await publish({ query }, key, 1)
      })
      await refresh()
      return 1
    },
    async save(key, definition, isPublished) {
      refuseConfigured(key)
      if (!(await modelOf(database, key))) throw noModel(key)
      await refresh()
      check(key, definition)
      const version = await database.transaction(async (query) => {
        const added = await addVersion({ query }, key, definition)
        if (added === undefined) throw noModel(key)
        if (isPublished) await publish({ query }, key, added)
        return added
      })
      await refresh()
      return version
    },
    async publish(key, version) {
      refuseConfigured(key)
      if (!(await modelOf(database, key))) throw noModel(key)
      await refresh()
      await database.transaction((query) => publish({ query }, key, version))
      await refresh()
    },
    async remove(key) {
      refuseConfigured(key)
      if (!(await database.transaction((query) => deleteModel({ query }, key)))) throw noModel(key)
      await refresh()
    },
  }
}

function checkSize(definition: Definition): void {
  if (isDeeper(definition, DEEPEST_NESTING)) {
    throw requestProblem('', `must not be nested deeper than ${DEEPEST_NESTING} levels`)
  }
  if (JSON.stringify(definition).length > LONGEST_DEFINITION) {
    throw requestProblem('', `must not be longer than ${LONGEST_DEFINITION} characters`)
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1))
}

/** The fault of a name that nothing has. */
export function noModel({ name }: ModelKey): GatewayError {
  return new GatewayError('model_not_found', `This project has no virtual model "${name}".`)
}

/** The fault of a version that a model does not have. */
export function noVersion({ name }: ModelKey, version: number): GatewayError {
  const message = `The virtual model "${name}" has no version ${version}.`
  return new GatewayError('model_not_found', message)
}

function nameTaken(name: string, owner: string): GatewayError {
  const message = `The name "${name}" is that of ${owner}.`
  return new GatewayError('name_taken', message, { param: 'name' })
}
