import type { TargetSpec } from '#core'

import type { Definition } from './definition.ts'
import type { ModelRow, VersionRow } from './model-table.ts'
import type { Prompts } from './prompts.ts'
import { readReferences, type Reference, writeReference } from './reference.ts'
import { modelsNamed, toTargetSpecs } from './target-specs.ts'

/** All virtual models that are served, in memory: a request needs no database. */
export interface KnownModels {
  /** The names that a project may ask for. Without a project, those of the config file. */
  names(projectId?: string): readonly string[]
  resolve(written: string, projectId?: string): readonly TargetSpec[] | undefined
  /** Why a virtual model can not be asked for by this name; undefined when there is none. */
  whyMissing(written: string, projectId?: string): string | undefined
  /** A name without its prefix, and the names of models that it stands for. */
  follow(written: string, projectId?: string): { readonly name: string; readonly models: Names }
  /** The definition of the config file with this name. */
  configured(name: string): Definition | undefined
  /** The revision of a stored model that is known here. */
  revision(projectId: string, name: string): number | undefined
  learn(model: StoredModel): void
}

type Names = readonly string[]

/** A model of the database with the versions of it that were ever published. */
export interface StoredModel extends ModelRow {
  readonly published: readonly VersionRow[]
}

interface KnownModel {
  readonly revision: number
  readonly latestVersion: number
  readonly publishedVersion: number | null
  readonly isDeleted: boolean
  readonly versions: ReadonlyMap<number, Compiled>
}

interface Compiled {
  readonly specs: readonly TargetSpec[]
  readonly models: Names
}

export function createKnownModels(
  config: ReadonlyMap<string, Definition>,
  prompts: Prompts,
): KnownModels {
  const configured = new Map([...config].map((entry) => [entry[0], inConfig(...entry)]))
  const projects = new Map<string, Map<string, KnownModel>>()

  function compile(name: string, definition: Definition): Compiled {
    prompts.learn(name, definition)
    return { specs: toTargetSpecs(definition), models: modelsNamed(definition) }
  }

  function inConfig(name: string, definition: Definition): KnownModel {
    const versions = new Map([[1, compile(name, definition)]])
    return { revision: 1, latestVersion: 1, publishedVersion: 1, isDeleted: false, versions }
  }

  function modelNamed(name: string, projectId: string | undefined): KnownModel | undefined {
    const stored = projectId === undefined ? undefined : projects.get(projectId)?.get(name)
    return configured.get(name) ?? (stored?.isDeleted ? undefined : stored)
  }

  function find(
    written: string,
    projectId: string | undefined,
  ): { readonly reference: Reference; readonly model: KnownModel } | undefined {
    for (const reference of readReferences(written)) {
      const model = modelNamed(reference.name, projectId)
      if (model) return { reference, model }
    }
    return undefined
  }

  function compiled(written: string, projectId: string | undefined): Compiled | undefined {
    const found = find(written, projectId)
    const version = found?.reference.version ?? found?.model.publishedVersion
    return typeof version === 'number' ? found?.model.versions.get(version) : undefined
  }

  return {
    names(projectId) {
      const own = projectId === undefined ? undefined : projects.get(projectId)
      const served = [...(own ?? [])].filter(
        ([name, model]) => model.versions.size > 0 && !model.isDeleted && !configured.has(name),
      )
      return [...configured.keys(), ...served.map(([name]) => name)]
    },
    resolve: (written, projectId) => compiled(written, projectId)?.specs,
    whyMissing(written, projectId) {
      const found = find(written, projectId)
      return found && sayWhy(found.reference, found.model)
    },
    follow(written, projectId) {
      const found = find(written, projectId)
      return {
        name: found ? writeReference(found.reference) : written,
        models: compiled(written, projectId)?.models ?? [],
      }
    },
    configured: (name) => config.get(name),
    revision: (projectId, name) => projects.get(projectId)?.get(name)?.revision,
    learn({ project_id: projectId, name, ...row }) {
      const versions = new Map(
        row.published.map(({ version, definition }) => [version, compile(name, definition)]),
      )
      const project = projects.get(projectId) ?? new Map<string, KnownModel>()
      projects.set(projectId, project)
      project.set(name, {
        versions,
        revision: row.revision,
        latestVersion: row.latest_version,
        publishedVersion: row.published_version,
        isDeleted: row.deleted_at !== null,
      })
    },
  }
}

/** Nothing is sent to a draft, so that saving one can not change what is served. */
function sayWhy({ name, version }: Reference, model: KnownModel): string | undefined {
  const { latestVersion, publishedVersion } = model
  if (version !== undefined && version > latestVersion) {
    return `The virtual model "${name}" has no version ${version}: ${latestVersion} is its last.`
  }
  if (version === undefined && publishedVersion !== null) return undefined
  const draft = version ?? latestVersion
  const path = `/api/virtual-models/${encodeURIComponent(name)}/versions/${draft}/publish`
  const what =
    version === undefined
      ? `All versions of the virtual model "${name}" are drafts`
      : `Version ${version} of the virtual model "${name}" is a draft`
  return `${what}, and drafts are not served. Publish it with POST ${path}.`
}
