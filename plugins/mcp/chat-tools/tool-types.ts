import type { McpTool } from '#core'

/** A tool as a function of an object, by names that JavaScript takes. */
export interface ToolFunction {
  readonly object: string
  readonly name: string
  readonly tool: McpTool
}

type Schema = Readonly<Record<string, unknown>>

const DEEPEST = 8
const LONGEST_COMMENT = 600
/** Of one schema: references to references can stand for more than there is memory. */
const MOST_PARTS = 1_000

/** The schema that references are looked up in, and how many parts may still be written out. */
interface Root {
  readonly schema: Schema
  left: number
}

/** Functions as a `.d.ts` declares them, by their objects. */
export function declare(functions: readonly ToolFunction[]): string {
  const objects = new Map<string, ToolFunction[]>()
  for (const one of functions) objects.set(one.object, [...(objects.get(one.object) ?? []), one])
  return [...objects]
    .map(([object, own]) => {
      const declared = own.map(({ name, tool }) => declareFunction(name, tool)).join('\n')
      return `declare namespace ${object} {\n${declared}\n}`
    })
    .join('\n\n')
}

function declareFunction(name: string, tool: McpTool): string {
  const { description = tool.title, inputSchema, outputSchema } = tool
  const args = typeOf(inputSchema, { schema: inputSchema, left: MOST_PARTS })
  const result = outputSchema
    ? typeOf(outputSchema, { schema: outputSchema, left: MOST_PARTS })
    : 'unknown'
  const isOptional = listIn(inputSchema, 'required').length === 0
  const comment = description === undefined ? '' : `  ${commentOf(description)}\n`
  return `${comment}  function ${name}(args${isOptional ? '?' : ''}: ${args}): Promise<${result}>`
}

/** A JSON schema as a type; what it can not say is `unknown`. */
function typeOf(value: unknown, root: Root, depth = 0): string {
  if (!isObject(value) || depth > DEEPEST || --root.left < 0) return 'unknown'
  const schema = resolve(value, root)
  if ('const' in schema) return JSON.stringify(schema['const']) ?? 'unknown'
  const choices = listIn(schema, 'enum')
  if (choices.length > 0) return choices.map((choice) => JSON.stringify(choice)).join(' | ')
  const options = [...listIn(schema, 'anyOf'), ...listIn(schema, 'oneOf')]
  if (options.length > 0) {
    return unionOf(options.map((option) => typeOf(option, root, depth + 1)))
  }
  const { type } = schema
  if (Array.isArray(type)) {
    return unionOf(type.map((one) => typeOf({ ...schema, type: one }, root, depth + 1)))
  }
  if (type === 'object' || isObject(schema['properties'])) return objectType(schema, root, depth)
  if (type === 'array') return `Array<${typeOf(schema['items'], root, depth + 1)}>`
  if (type === 'integer') return 'number'
  return PLAIN.has(String(type)) ? String(type) : 'unknown'
}

const PLAIN = new Set(['string', 'number', 'boolean', 'null'])

function objectType(schema: Schema, root: Root, depth: number): string {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  const required = new Set(listIn(schema, 'required'))
  const fields = Object.entries(properties).map(([name, field]) => {
    const description = isObject(field) ? field['description'] : undefined
    const comment = typeof description === 'string' ? `${commentOf(description)} ` : ''
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)
    return `${comment}${key}${required.has(name) ? '' : '?'}: ${typeOf(field, root, depth + 1)}`
  })
  if (fields.length > 0) return `{ ${fields.join('; ')} }`
  return `Record<string, ${typeOf(schema['additionalProperties'], root, depth + 1)}>`
}

/** What `#/$defs/name` stands for. */
function resolve(schema: Schema, root: Root): Schema {
  const reference = schema['$ref']
  if (typeof reference !== 'string' || !reference.startsWith('#/')) return schema
  let found: unknown = root.schema
  for (const part of reference.slice(2).split('/')) {
    found = isObject(found) ? found[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
  }
  return isObject(found) ? found : {}
}

function unionOf(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}

function commentOf(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').replaceAll('*/', '* /').trim()
  return `/** ${line.slice(0, LONGEST_COMMENT).toWellFormed()} */`
}

function listIn(schema: unknown, name: string): readonly unknown[] {
  const value = isObject(schema) ? schema[name] : undefined
  return Array.isArray(value) ? value : []
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
