import {
  CLIENT_CAPABILITIES_META_KEY,
  LOG_LEVEL_META_KEY,
  type ClientCapabilities,
} from '@modelcontextprotocol/server'

import type { RequestContext } from './request-service.ts'

/** From which level on a client of 2026-07-28 wants the log messages of this request; it may say nothing. */
export function logLevelOf({ envelope }: RequestContext): string | undefined {
  const level = envelope[LOG_LEVEL_META_KEY]
  return typeof level === 'string' ? level : undefined
}

/** What it can do for a server. */
export function capabilitiesOf({ envelope }: RequestContext): ClientCapabilities | undefined {
  const capabilities = envelope[CLIENT_CAPABILITIES_META_KEY]
  return typeof capabilities === 'object' && capabilities !== null ? capabilities : undefined
}
