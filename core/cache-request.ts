import type { Exchange } from './exchange.ts'
import type { Target } from './target.ts'

/**
 * What a request, or the virtual model it asks for, says of caching: `{ type, expiration_time }`. With
 * tools of the gateway nothing is kept: what they answer changes, and what they do is to be done.
 */
export function cacheRequest(exchange: Said, target: Target | undefined): unknown {
  const servers =
    exchange.request.mcp_servers ??
    target?.parameters?.['mcp_servers'] ??
    defaultsOf(target)?.['mcp_servers']
  const hasTools = Array.isArray(servers) && servers.length > 0
  return hasTools ? undefined : saidOfCache(exchange, target)
}

/** The same, whether or not it can be followed. */
export function saidOfCache({ request }: Said, target: Target | undefined): unknown {
  return request['cache'] ?? request.extra?.['cache'] ?? defaultsOf(target)?.['cache'] ?? undefined
}

type Said = Pick<Exchange, 'request'>

function defaultsOf(target: Target | undefined): Record<string, unknown> | undefined {
  return target?.parameters?.['defaults'] as Record<string, unknown> | undefined
}
