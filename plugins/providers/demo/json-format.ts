import { fieldOf } from './field-of.ts'
import { sample } from './sample.ts'

/** The text in the format a request asks for: as it is, in a JSON object, or in one of a schema. */
export function inFormat(text: string, format: unknown): string {
  const type = typeof format === 'string' ? format : fieldOf(format, 'type')
  if (type === 'json_object') return isJsonObject(text) ? text : JSON.stringify({ text })
  if (type !== 'json_schema') return text
  const schema = fieldOf(fieldOf(format, 'json_schema'), 'schema')
  return JSON.stringify(schema === undefined ? { text } : sample(schema, { text }))
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
