import type { IncomingMessage } from 'node:http'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

export interface MetadataOptions {
  /** Where clients reach the gateway, when it is not where the request says: `https://ai.example.com`. */
  readonly publicUrl?: string | undefined
  /** The issuers whose tokens are keys of this gateway. */
  readonly authorizationServers: readonly string[]
}

/** The metadata of a protected resource (RFC 9728) for a path of the endpoint. */
export function protectedResource(
  path: string,
  headers: IncomingMessage['headers'],
  options: MetadataOptions,
): Record<string, unknown> {
  const { authorizationServers } = options
  return {
    resource: baseUrl(headers, options) + path,
    resource_name: 'Tapgate',
    bearer_methods_supported: ['header'],
    ...(authorizationServers.length > 0 ? { authorization_servers: authorizationServers } : {}),
  }
}

/** The header of a 401 that tells a client where the metadata is. */
export function challenge(request: IncomingMessage, options: MetadataOptions): string {
  const [path = ''] = (request.url ?? '').split('?')
  const resource = path.replace(/\/(?:sse|messages)$/, '')
  return `Bearer resource_metadata="${baseUrl(request.headers, options)}${WELL_KNOWN}${resource}"`
}

/** The gateway itself knows no scheme but http: a proxy in front of it that does is said by `publicUrl`. */
function baseUrl(headers: IncomingMessage['headers'], { publicUrl }: MetadataOptions): string {
  const host = headers.host ?? ''
  return (
    publicUrl?.replace(/\/+$/, '') ?? `http://${/^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`
  )
}
