import type { LiveMetrics, MetricsSnapshot } from '#core'

import type { ScriptModel } from './script-models.ts'

/** What all scripts are told alike, as JSON. It is the same text as long as nothing has changed. */
export interface ScriptFacts {
  models(): string
  metrics(snapshot?: MetricsSnapshot): string
  /** `{"models","metrics"}`, where what a script nowhere says is left empty: the list of models is long. */
  keptBy(source: string): () => string
}

/** Whether a script may read an argument: it must say its name. */
export function mentions(source: string, argument: 'models' | 'metrics'): boolean {
  return source.includes(argument)
}

export function createScriptFacts(
  scriptModels: () => readonly ScriptModel[],
  liveMetrics: Pick<LiveMetrics, 'snapshot'>,
): ScriptFacts {
  const toModelsJson = rememberLast((models: readonly ScriptModel[]) => JSON.stringify(models))
  const toMetricsJson = rememberLast((snapshot: MetricsSnapshot) => JSON.stringify(snapshot))
  const models = (): string => toModelsJson(scriptModels())
  const metrics = (snapshot = liveMetrics.snapshot()): string => toMetricsJson(snapshot)
  return {
    models,
    metrics,
    keptBy(source) {
      const ownModels = mentions(source, 'models') ? models : () => '[]'
      const ownMetrics = mentions(source, 'metrics') ? metrics : () => '{}'
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

/** A function that works only when it is given something else than before. */
function rememberLast<Value extends object>(work: (value: Value) => string): typeof work {
  let last: { readonly value: Value; readonly text: string } | undefined
  return (value) => {
    if (last?.value !== value) last = { value, text: work(value) }
    return last.text
  }
}
