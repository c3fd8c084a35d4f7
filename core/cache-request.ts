import type { Exchange, Target } from './exchange.ts'

/** What a request, or the virtual model it asks for, says of caching: `{ type, expiration_time }`. */
export function cacheRequest(
  { request }: Pick<Exchange, 'request'>,
  target: Target | undefined,
): unknown {
  const defaults = target?.parameters?.['defaults'] as Record<string, unknown> | undefined
  return request['cache'] ?? request.extra?.['cache'] ?? defaults?.['cache'] ?? undefined
}
