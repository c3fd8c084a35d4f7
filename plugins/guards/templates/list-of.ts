/** The schema of a list of texts, which may have a default. */
export function listOf(
  description: string,
  options: { readonly default?: readonly string[] } = {},
): { readonly description: string } {
  const schema = {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    description,
    ...options,
  }
  return schema
}
