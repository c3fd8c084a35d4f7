import { createBodyCheck } from '#core'

import { type Definition, definitionSchema } from './definition.ts'

const publish = { type: 'boolean' }
const name = { type: 'string' }
const properties = { ...definitionSchema.properties, publish }

const checkSaved = createBodyCheck({ ...definitionSchema, properties })
const checkNew = createBodyCheck({
  ...definitionSchema,
  properties: { ...properties, name },
  required: ['name'],
})

interface Saved {
  readonly definition: Definition
  /** Whether it is published at once. */
  readonly isPublished: boolean
}

/** What `POST /api/virtual-models` takes: a `name`, the fields of a definition, `publish`. Throws 400. */
export function readNewModel(body: unknown): Saved & { readonly name: string } {
  checkNew(body)
  const { name: given, ...saved } = body as Definition & { readonly name: string }
  return { name: given, ...split(saved) }
}

/** What `PUT /api/virtual-models/{name}` takes: the fields of a definition, `publish`. Throws 400. */
export function readNewVersion(body: unknown): Saved {
  checkSaved(body)
  return split(body as Definition)
}

function split(saved: Definition & { readonly publish?: boolean }): Saved {
  const { publish: isPublished = false, ...definition } = saved
  return { definition, isPublished }
}
