import type { OperationName } from '#core'

import type { Plan } from './plan.ts'

/** One `type` of router: which fields it has, and how it orders its targets. */
export interface RouterType {
  /** The JSON Schemas of its fields, beside `type`, `name` and `shadow`. */
  readonly properties: Readonly<Record<string, object>>
  readonly required: readonly string[]
  /** The JSON Schemas of what a target says to the router: no parameters of the model's. */
  readonly targetFields?: Readonly<Record<string, object>>
  /** Whether a target may be a pattern: `openai/*`, or a name that several providers have. */
  readonly takesPatterns?: boolean
  /** Makes a plan of a router whose fields are checked. Throws a GatewayError for what a schema can not say. */
  plan(router: CheckedRouter): Plan
}

export interface CheckedRouter {
  readonly fields: Readonly<Record<string, unknown>>
  /** Where it stands in the request: `router.targets[1].router`. */
  readonly path: string
  /** Its targets in order. A target may be a router, or a name that stands for several. */
  readonly branches: readonly Plan[]
  /** The same for the same router of the same project: by its name, or by its targets if it has none. */
  readonly identity: string
  /** The virtual model that it belongs to; undefined when the request brought it along. */
  readonly virtualModel: string | undefined
  /** Whose request it is: names of models are looked up for this project. */
  readonly projectId: string
  readonly operation: OperationName | undefined
  /** Reads targets that stand elsewhere than in `targets`, with the path of their list. */
  readonly readTargets: (
    values: readonly unknown[],
    path: string,
    options?: { readonly takesPatterns: boolean },
  ) => readonly Plan[]
}

export const targetsSchema = { type: 'array', minItems: 1 } as const
