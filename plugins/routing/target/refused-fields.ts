/**
 * Fields of a request that hold for all of its targets: what a client reads back, what guards it,
 * and what follows when a target fails. A target that could set them would do so behind their back.
 */
const REFUSED = ['stream', 'extra', 'fallbacks', 'cache', 'defaults', 'shadow']

/** What a target may have of its own where the gateway runs tools. */
const TOOL_FIELDS = ['mcp_servers', 'mcp_mode']

/** Finds the first field that a target must not have of its own. */
export function createRefusedField(
  hasTools: () => boolean,
): (parameters: Readonly<Record<string, unknown>>) => string | undefined {
  return (parameters) => {
    const isSaid = (field: string): boolean => parameters[field] !== undefined
    return REFUSED.find(isSaid) ?? (hasTools() ? undefined : TOOL_FIELDS.find(isSaid))
  }
}
