import { readFileSync } from 'node:fs'

/** A JSON Schema, as far as one is made here. */
export type Schema = Readonly<Record<string, unknown>>

/** What a sample does not tell: where null may stand, and what is of any form. By path: `data[].score`. */
export interface BeyondTheSample {
  readonly nullable?: readonly string[]
  readonly anything?: readonly string[]
}

/** The form of a text that a sample shows, where it shows one. */
const FORMS = [
  '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
  '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$',
  '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$',
  '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6}$',
  // A decimal as text.
  '^\\d+\\.\\d+$',
]

/** A schema for answers like a published sample: every field it shows, of the type and the form it shows. */
export function schemaOfSample(name: string, beyond: BeyondTheSample = {}): Schema {
  const file = new URL(`../../fixtures/langdb/${name}.json`, import.meta.url)
  return schemaOf(JSON.parse(readFileSync(file, 'utf8')), '', beyond)
}

function schemaOf(sample: unknown, path: string, beyond: BeyondTheSample): Schema {
  if (sample === null || beyond.anything?.includes(path)) return {}
  const schema = schemaOfValue(sample, path, beyond)
  return beyond.nullable?.includes(path) ? { anyOf: [{ type: 'null' }, schema] } : schema
}

function schemaOfValue(sample: unknown, path: string, beyond: BeyondTheSample): Schema {
  if (Array.isArray(sample)) {
    const items = sample.length === 0 ? {} : schemaOf(sample[0], `${path}[]`, beyond)
    return { type: 'array', items }
  }
  if (typeof sample === 'object' && sample !== null) {
    const fields = Object.entries(sample).map(([name, value]) => {
      return [name, schemaOf(value, path === '' ? name : `${path}.${name}`, beyond)] as const
    })
    const required = fields.map(([name]) => name)
    return { type: 'object', required, properties: Object.fromEntries(fields) }
  }
  if (typeof sample !== 'string') return { type: typeof sample }
  const form = FORMS.find((pattern) => new RegExp(pattern).test(sample))
  return { type: 'string', ...(form && { pattern: form }) }
}
