import { createLiveMetrics, type Attempt, type MetricsKeeper, type ModelDirectory } from '#core'

import { createCatalogue } from '../../../../core/catalogue.ts'
import { createFactBook } from '../../../../core/fact-book.ts'
import { createModelDirectory, type ModelSource } from '../../../../core/models.ts'
import { attempt, measured, tokens } from '../../../core/live-metrics/measured.ts'

export const START = 1_800_000_000_000

/** Metrics with a clock of their own, and a directory of providers `p`, `q` and `r` with a few models. */
export interface TestKnowledge {
  readonly metrics: MetricsKeeper
  readonly models: ModelDirectory
  /** Records answers of `p/a` and the like; times in milliseconds. */
  answered(name: string, ...latenciesMs: number[]): void
  failed(name: string, errorCode?: string): void
  /** One answer with so many tokens in a second. */
  spoke(name: string, tokensPerSecond: number): void
  pass(ms: number): void
}

export function createTestKnowledge(...sources: ModelSource[]): TestKnowledge {
  let nowMs = START
  const metrics = createLiveMetrics({ now: () => nowMs })
  const run = (): never => {
    throw new Error('Nobody is asked.')
  }
  const providers = [
    { name: 'p', models: ['a', 'b', 'c', 'text-embedding-1'], hasOnlyKnownModels: true },
    { name: 'q', models: ['a', 'z'], hasOnlyKnownModels: true },
    { name: 'r', models: ['only'], hasOnlyKnownModels: true },
  ].map((provider) => ({ ...provider, chat: { run } }))
  const prices = {
    'p/a': { input: 3, output: 0 },
    'p/b': { input: { base: 1, tiers: [] }, output: 9 },
    'q/a': { input: 1, output: 0 },
  }
  const facts = createFactBook(createCatalogue(providers, prices), [])
  const models = createModelDirectory(providers, sources, facts)

  function record(name: string, own: Partial<Attempt>, tokenCount: number | undefined): void {
    const [provider = '', model = ''] = name.split('/')
    const durationMs = own.durationMs ?? 1
    metrics.record(
      measured({
        startedAt: nowMs - durationMs,
        durationMs,
        attempts: [attempt({ provider, model, startedAt: nowMs - durationMs, ...own })],
        errorCode: own.errorCode ?? null,
        tokens: tokenCount === undefined ? null : tokens(tokenCount, 0),
      }),
    )
  }

  return {
    metrics,
    models,
    answered(name, ...latenciesMs) {
      for (const durationMs of latenciesMs) record(name, { durationMs }, undefined)
    },
    failed: (name, errorCode = 'upstream_error') => record(name, { errorCode }, undefined),
    spoke: (name, tokensPerSecond) => record(name, { durationMs: 1000 }, tokensPerSecond),
    pass: (ms) => void (nowMs += ms),
  }
}
