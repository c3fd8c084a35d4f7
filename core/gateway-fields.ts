/** Fields that speak to the gateway and never reach a provider. */
export const GATEWAY_FIELDS = [
  'router',
  'extra',
  'mcp_servers',
  'mcp_mode',
  'max_retries',
  'fallbacks',
  'cache',
  'guards',
  'shadow',
] as const
