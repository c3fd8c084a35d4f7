/**
 * Fields of a request that hold for all of its targets: what a client reads back, what guards it,
 * and what follows when a target fails. A target that could set them would do so behind their back.
 */
const REFUSED = [
  'stream',
  'extra',
  'mcp_servers',
  'mcp_mode',
  'fallbacks',
  'cache',
  'defaults',
  'shadow',
]

/** The first field that a target must not have of its own. */
export function refusedField(parameters: Readonly<Record<string, unknown>>): string | undefined {
  return REFUSED.find((field) => parameters[field] !== undefined)
}
