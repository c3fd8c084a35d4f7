import type { LiveMetrics, MetricsSnapshot } from '#core'

import type { ProjectMetrics } from './project-metrics.ts'
import type { ScriptModel } from './script-models.ts'

/** What scripts are told beside the request, as JSON. It is the same text as long as nothing has changed. */
export interface ScriptFacts {
  models(): string
  /** Of what the project can ask for: now, or in the snapshot of a trial. */
  metrics(projectId: string, snapshot?: MetricsSnapshot): string
  /** For a script of the operator's, who sees all: `{"models","metrics"}`, where what a script nowhere says is left empty: the list of models is long. */
  keptBy(source: string): () => string
}

/** Whether a script may read an argument: it must say its name. */
export function mentions(source: string, argument: 'models' | 'metrics' | 'headers'): boolean {
  return source.includes(argument)
}

export function createScriptFacts(
  scriptModels: () => readonly ScriptModel[],
  liveMetrics: Pick<LiveMetrics, 'snapshot'>,
  metricsOf: ProjectMetrics,
): ScriptFacts {
  const toModelsJson = rememberEach((models: readonly ScriptModel[]) => JSON.stringify(models))
  const toMetricsJson = rememberEach((snapshot: MetricsSnapshot) => JSON.stringify(snapshot))
  const models = (): string => toModelsJson(scriptModels())
  return {
    models,
    metrics: (projectId, snapshot = liveMetrics.snapshot()) =>
      toMetricsJson(metricsOf(snapshot, projectId)),
    keptBy(source) {
      const ownModels = mentions(source, 'models') ? models : () => '[]'
      const ownMetrics = mentions(source, 'metrics')
        ? () => toMetricsJson(liveMetrics.snapshot())
        : () => '{}'
      let kept: { readonly models: string; readonly metrics: string; readonly json: string }
      kept = { models: '', metrics: '', json: '' }
      return () => {
        const now = { models: ownModels(), metrics: ownMetrics() }
        if (now.models !== kept.models || now.metrics !== kept.metrics) {
          kept = { ...now, json: `{"models":${now.models},"metrics":${now.metrics}}` }
        }
        return kept.json
      }
    },
  }
}

/** A function that works once for each value, as long as anybody holds it. */
function rememberEach<Value extends object>(work: (value: Value) => string): typeof work {
  const texts = new WeakMap<Value, string>()
  return (value) => {
    const known = texts.get(value)
    if (known !== undefined) return known
    const text = work(value)
    texts.set(value, text)
    return text
  }
}
