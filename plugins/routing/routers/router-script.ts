import type { ChatRequest, MetricsSnapshot } from '#core'

import type { ScriptModel } from './script-models.ts'

/**
 * A router script: `const route: RouterScript = …` or the default export of its file. It chooses the
 * targets of a request, at once or by a promise that needs nothing from outside.
 */
export type RouterScript = (
  input: RouterScriptInput,
) => RouterScriptResult | Promise<RouterScriptResult>

/** What a script chooses: one target, or several in the order to try. */
export type RouterScriptResult = RouterScriptTarget | readonly RouterScriptTarget[]

/** The name of a model, or an object with it and the fields of the request that it overrides. */
export type RouterScriptTarget =
  | string
  | { readonly model: string; readonly [field: string]: unknown }

/** What a script is called with. */
export interface RouterScriptInput {
  /** The request in OpenAI's form, without what is said to the gateway (`router`, `extra`, …). */
  readonly request: ChatRequest
  /** In lower case, without anything that looks like a credential. */
  readonly headers: Readonly<Record<string, string>>
  readonly models: readonly ScriptModel[]
  /**
   * How the models have done: `metrics.openai?.models['gpt-5']?.metrics.last_15_minutes.ttft`.
   * Milliseconds, tokens a second, USD; `error_rate` is a fraction.
   */
  readonly metrics: MetricsSnapshot
  readonly budget: ScriptBudget
  readonly random: ScriptRandom
}

/** What the caller has left; null where nobody keeps a budget. */
export interface ScriptBudget {
  readonly remaining_usd: number | null
  readonly limit_usd: number | null
  /** ISO 8601. */
  readonly resets_at: string | null
}

/**
 * Numbers from 0 up to 1 that are the same for the same seed: `random('a')()`. Without a seed,
 * `random()()` goes on with those of the request's own seed, which its explain record tells.
 */
export type ScriptRandom = (seed?: string | number) => () => number
