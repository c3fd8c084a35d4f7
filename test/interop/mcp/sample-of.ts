interface SchemaPart {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaPart>>
  readonly required?: readonly string[]
  readonly items?: SchemaPart
  readonly enum?: readonly unknown[]
  readonly default?: unknown
}

/**
 * A value that fits a JSON Schema of the simple sort that tools have. With `defaults`, an object has
 * only those of its fields that say what they are when nobody fills them in.
 */
export function sampleOf(schema: unknown, which: 'all' | 'defaults' = 'all'): unknown {
  const part = (schema ?? {}) as SchemaPart
  if (part.default !== undefined) return part.default
  if (part.enum) return part.enum[0]
  switch (part.type ?? '') {
    case 'string':
      return 'text'
    case 'number':
      return 1.5
    case 'integer':
      return 3
    case 'boolean':
      return true
    case 'array':
      return part.items ? [sampleOf(part.items)] : []
    case 'object': {
      const fields = Object.entries(part.properties ?? {}).filter(
        ([, field]) => which === 'all' || field.default !== undefined,
      )
      return Object.fromEntries(fields.map(([name, field]) => [name, sampleOf(field)]))
    }
    default:
      return null
  }
}
