import {
  CLIENT_CAPABILITIES_META_KEY,
  LOG_LEVEL_META_KEY,
  type ClientCapabilities,
  type ServerContext,
} from '@modelcontextprotocol/server'

/** What a client of 2026-07-28 says of itself with each request; the SDK has checked it. */
function envelopeOf({ mcpReq }: ServerContext): Readonly<Record<string, unknown>> {
  return mcpReq.envelope ?? {}
}

/** From which level on it wants the log messages of this request; none when it says nothing. */
export function logLevelOf(context: ServerContext): string | undefined {
  const level = envelopeOf(context)[LOG_LEVEL_META_KEY]
  return typeof level === 'string' ? level : undefined
}

/** What it can do for a server. */
export function capabilitiesOf(context: ServerContext): ClientCapabilities | undefined {
  const capabilities = envelopeOf(context)[CLIENT_CAPABILITIES_META_KEY]
  return typeof capabilities === 'object' && capabilities !== null ? capabilities : undefined
}
