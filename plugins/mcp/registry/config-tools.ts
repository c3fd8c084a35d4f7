import { GatewayError, type Caller, type McpTool } from '#core'

import type { McpConfig } from './config-body.ts'
import type { DescribedServers } from './described-servers.ts'
import { withLink } from './inspect-server.ts'

/** What the servers of a list offer, by their names there; and why the others do not. */
export interface ConfigTools {
  readonly tools: Readonly<Record<string, readonly McpTool[]>>
  readonly errors: Readonly<Record<string, { readonly code: string; readonly message: string }>>
}

/** Connects to all servers of a list at once. Throws 400 for an address that none may have. */
export async function configTools(
  { mcpServers }: McpConfig,
  described: DescribedServers,
  { caller, signal }: { readonly caller: Caller; readonly signal: AbortSignal },
): Promise<ConfigTools> {
  const tools = new Map<string, readonly McpTool[]>()
  const errors = new Map<string, { readonly code: string; readonly message: string }>()
  await Promise.all(
    Object.entries(mcpServers).map(async ([name, { type, url, headers }]) => {
      const server = { url, ...(type ? { type } : {}), ...(headers ? { headers } : {}) }
      try {
        const made = described.describe(server, `config.mcpServers.${name}`, caller)
        if (!made) return
        tools.set(name, await withLink(made, { caller, signal }, (link) => link.tools(signal)))
      } catch (error) {
        if (!(error instanceof GatewayError) || error.status === 400) throw error
        errors.set(name, { code: error.code, message: error.message })
      }
    }),
  )
  return { tools: Object.fromEntries(tools), errors: Object.fromEntries(errors) }
}
