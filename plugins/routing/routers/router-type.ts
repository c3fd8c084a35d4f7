import type { Plan } from './plan.ts'

/** One `type` of router: which fields it has, and how it orders its targets. */
export interface RouterType {
  /** The JSON Schemas of its fields, beside `type` and `name`. */
  readonly properties: Readonly<Record<string, object>>
  readonly required: readonly string[]
  /** Makes a plan of a router whose fields are checked. Throws a GatewayError for what a schema can not say. */
  plan(router: CheckedRouter): Plan
}

export interface CheckedRouter {
  readonly fields: Readonly<Record<string, unknown>>
  /** Where it stands in the request: `router.targets[1].router`. */
  readonly path: string
  /** Its targets in order. A target may be a router, or a name that stands for several. */
  readonly branches: readonly Plan[]
}

export const targetsSchema = { type: 'array', minItems: 1 } as const
