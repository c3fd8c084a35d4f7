import { createBodyCheck, requestProblem } from '#core'

import { type Definition, definitionSchema } from './definition.ts'
import { type Plan, readPlan } from './plan.ts'

/** What a server may be called: `server__tool` names a tool of an aggregate. */
export const SERVER_NAME = '^(?!.{65})[a-z0-9]+(?:[-_][a-z0-9]+)*$'

const name = { type: 'string', pattern: SERVER_NAME }
const properties = { ...definitionSchema.properties, name }

const checkNew = createBodyCheck({ ...definitionSchema, properties, required: ['name'] })
const checkSaved = createBodyCheck({ ...definitionSchema, properties })
const checkAcceptance = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: { hash: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
})

/** What `POST /api/mcp/virtual-servers` takes: a `name` and the fields of a definition. Throws 400. */
export function readNewServer(body: unknown): { readonly name: string; readonly plan: Plan } {
  checkNew(body)
  const { name: given, ...definition } = body as Definition & { readonly name: string }
  return { name: given, plan: readPlan(definition) }
}

/** What `PUT /api/mcp/virtual-servers/{name}` takes: the fields of a definition. Throws 400. */
export function readSavedServer(body: unknown, pathName: string): Plan {
  checkSaved(body)
  const { name: given, ...definition } = body as Definition & { readonly name?: string }
  if (given !== undefined && given !== pathName) throw requestProblem('name', 'can not be changed')
  return readPlan(definition)
}

/** What `POST …/changes/{tool}/accept` takes: the `hash` that was looked at. Throws 400. */
export function readAcceptance(body: unknown): { readonly hash?: string } {
  checkAcceptance(body)
  return body as { readonly hash?: string }
}
