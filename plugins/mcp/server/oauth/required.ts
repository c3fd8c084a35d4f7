import { GatewayError } from '#core'

import type { Account } from './account.ts'

/** Where a caller authorizes a server, below the address of the gateway. */
export function authorizePath(server: string): string {
  return `/api/mcp/servers/${encodeURIComponent(server)}/authorize`
}

/** Tells a caller that it has to authorize first, and how. */
export function authorizationRequired(
  { server, owner, user }: Account,
  because: string,
  more: { readonly scope?: string | undefined; readonly publicUrl?: string | undefined },
): GatewayError {
  const path = authorizePath(server.name)
  const message = `The MCP server "${server.name}" ${because}: POST ${path} begins.`
  return new GatewayError('mcp_authorization_required', message, {
    details: {
      server: server.name,
      authorize_url: `${more.publicUrl ?? ''}${path}`,
      ...(more.scope === undefined ? {} : { scope: more.scope }),
      ...(owner === 'shared' ? { shared: true } : {}),
      ...(user === '' ? {} : { user }),
    },
    shouldRetry: false,
  })
}
