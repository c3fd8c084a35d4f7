import type { Call, EmbeddingRequest, InferenceName, Timeouts } from '#core'

import type { AnswerQuirk } from './answer-quirks.ts'
import type { RequestQuirk } from './request-quirks.ts'

/** A provider that speaks OpenAI's API: where it is, what it can do, and in what it differs. */
export interface Preset {
  readonly name: string
  readonly title: string
  /** Its name in the price catalogue. */
  readonly catalogueName?: string
  /** Its public address; without one it is off until an address is set. */
  readonly baseUrl?: string
  /** Where the key is looked for in the environment, the usual name first. */
  readonly keyVariables: readonly string[]
  /** Where its address is looked for in the environment. */
  readonly urlVariables: readonly string[]
  /** `false`: it can be called without a key. */
  readonly needsKey?: false
  /** A server of the user's own, by default on this port: its address may leave out all but the host. */
  readonly serverPort?: number
  /** The header of the key, where it is not `authorization: Bearer …`. */
  readonly keyHeader?: string
  /** Further headers, by the environment variable that fills them. */
  readonly headerVariables?: Readonly<Record<string, string>>
  /** The operations it has, each with its path after the base URL. */
  readonly paths: Readonly<Partial<Record<InferenceName, string | ((call: Call) => string)>>>
  /** Where it lists its models, if it does. */
  readonly modelsPath?: string
  readonly models?: readonly string[]
  readonly timeouts?: Partial<Timeouts>
  /** `false`: it refuses `stream_options`; the usage of a stream comes by itself. */
  readonly hasStreamOptions?: boolean
  /** In what its chat requests differ, in the order to apply. None: the client's bytes go through. */
  readonly requestQuirks?: readonly RequestQuirk[]
  /** In what its chat answers differ; an empty list sets their form right. None: its bytes go through. */
  readonly answerQuirks?: readonly AnswerQuirk[]
  readonly embeddingBody?: (request: EmbeddingRequest) => object
}
