import type { Environment } from '../environment.ts'
import type { Exchange } from '../exchange.ts'
import type { GuardAction, GuardContent, GuardStage, Segment, Verdict } from '../guard.ts'
import type { Logger } from '../logger.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Ask } from '../question.ts'
import type { ObjectSchema } from '../schema.ts'

/** A sort of guards: what the config file, the API and templates can make instances of. */
export interface GuardKind {
  /** `keywords`, `llm_judge`. */
  readonly type: string
  /** As people write it: `Keywords`. */
  readonly title: string
  /** One sentence for lists. */
  readonly summary: string
  /** JSON Schema of the parameters by their wire names, with defaults. */
  readonly parameters: ObjectSchema
  /**
   * The parameters that a request may override, each with its (tighter) JSON Schema. Nothing: all
   * of them. `{}`: none, for a kind whose parameters say where to connect or what to pay.
   */
  readonly requestParameters?: { readonly [name: string]: object }
  readonly stages: readonly GuardStage[]
  readonly actions: readonly GuardAction[]
  /** What an instance has when nothing is said. */
  readonly defaults: {
    readonly stage: GuardStage | 'both'
    readonly action: GuardAction
    readonly timeoutMs: number
  }
  /**
   * Makes the check for these parameters, which fit the schema. Without I/O. Throws a ParameterError
   * for those that it can not work with.
   */
  create(parameters: Readonly<Record<string, unknown>>, tools: GuardTools): GuardCheck
}

/** A check for one set of parameters. */
export interface GuardCheck {
  /** Blocks by `passed: false`. A check that needs not wait returns without a promise. */
  check(content: GuardContent, context: CheckContext): MaybePromise<Verdict | undefined>
  /** As in `Guard`: the longest match and one more. Nothing, or `all`: the whole answer. */
  readonly holdback?: number | 'all'
  /**
   * Whether a hostile text could make the (synchronous) check long: it is then stopped after the time
   * limit, which costs about 0.1 ms. What came from a request is always watched.
   */
  mayBeSlow?(content: GuardContent): boolean
}

export interface CheckContext {
  readonly exchange: Exchange
  /** Ends with the exchange, and when the time limit is over. */
  readonly signal: AbortSignal
}

/** What the core lends to a guard. */
export interface GuardTools {
  /** The id of the guard that is made, and what becomes of what it finds. */
  readonly id: string
  readonly action: GuardAction
  /** Asks a model: use the purpose `guard`, the exchange as `parent` and the signal of the context. */
  readonly ask: Ask
  readonly http: GuardHttp
  readonly environment: Environment
  readonly log: Logger
  deriveKey(purpose: string): Buffer
}

/** One HTTP call. Redirects are not followed. Throws when there is no answer. */
export type GuardHttp = (call: {
  readonly url: string
  /** POST when there is a body. */
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}) => Promise<{
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** At most 1 MiB. */
  readonly text: string
}>

/** Parameters for a guard of some kind, under a name: what `GET /api/guards/templates` lists. */
export interface GuardTemplate {
  /** `content-toxicity`. */
  readonly id: string
  readonly name: string
  readonly description: string
  /** The kind it makes an instance of. */
  readonly type: string
  readonly stage?: GuardStage | 'both'
  readonly action?: GuardAction
  /** Set for every instance; not shown to those who make one (the prompt of a judge). */
  readonly preset?: Readonly<Record<string, unknown>>
  /** JSON Schema of the parameters that an instance has, with defaults. */
  readonly parameters: ObjectSchema
}

/** A parameter that a guard can not work with, by its wire name: `patterns[1]`. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
  readonly path: string

  /** The message goes on after the name of the parameter: `must not be empty`. */
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** Whether the text of a segment is JSON, in which masks must be written as JSON. */
export function holdsJson({ kind }: Pick<Segment, 'kind'>): boolean {
  return kind === 'tool_call' || kind === 'tool_definition' || kind === 'parameter'
}
