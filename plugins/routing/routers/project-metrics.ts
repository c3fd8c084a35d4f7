import { LRUCache } from 'lru-cache'

import { targetName, type MetricsSnapshot, type ModelDirectory } from '#core'

/** Tells a project's scripts how models do, without the names that only other projects ask for. */
export type ProjectMetrics = (snapshot: MetricsSnapshot, projectId: string) => MetricsSnapshot

const MOST_PROJECTS = 1000
const KEPT_MS = 10_000

type Directory = Pick<ModelDirectory, 'list' | 'targets'>

/** The names are looked up once in ten seconds for each project, and each snapshot is filtered once. */
export function createProjectMetrics(models: Directory): ProjectMetrics {
  const names = new LRUCache<string, ReadonlySet<string>>({ max: MOST_PROJECTS, ttl: KEPT_MS })
  const seen = new LRUCache<string, { whole: MetricsSnapshot; own: MetricsSnapshot }>({
    max: MOST_PROJECTS,
  })

  function namesOf(projectId: string): ReadonlySet<string> {
    const known = names.get(projectId)
    if (known) return known
    const found = upstreamNames(models, projectId)
    names.set(projectId, found)
    return found
  }

  return (snapshot, projectId) => {
    const before = seen.get(projectId)
    if (before?.whole === snapshot) return before.own
    const own = only(snapshot, namesOf(projectId))
    seen.set(projectId, { whole: snapshot, own })
    return own
  }
}

/** `provider/model` of all that the project can ask for by a listed name, its virtual models included. */
function upstreamNames(models: Directory, projectId: string): ReadonlySet<string> {
  return new Set(
    models
      .list(projectId)
      .flatMap(({ id, provider }) =>
        provider === 'virtual' ? models.targets(id, projectId).map(targetName) : id,
      ),
  )
}

function only(snapshot: MetricsSnapshot, names: ReadonlySet<string>): MetricsSnapshot {
  const providers = Object.entries(snapshot).flatMap(([provider, { models }]) => {
    const own = Object.entries(models).filter(([model]) =>
      names.has(targetName({ provider, model })),
    )
    return own.length > 0 ? [[provider, { models: Object.fromEntries(own) }] as const] : []
  })
  return Object.fromEntries(providers)
}
