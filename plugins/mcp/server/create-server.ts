import {
  GatewayError,
  type Logger,
  type McpServer,
  type McpStatus,
  type RunTool,
  type Services,
} from '#core'

import type { McpServerDefinition } from './definition.ts'
import { guardedEgress, openAgent, type EgressRules } from './egress.ts'
import type { LiveServer } from './live-server.ts'
import { whenNeeded } from './when-needed.ts'

export interface McpServerParts {
  readonly log: Logger
  readonly runTool: RunTool
  readonly services: Services
  /** Where relative folders of the definition begin. */
  readonly folder: string
  /** What servers of tenants may reach beside the public internet. */
  readonly egress?: EgressRules
}

/** An MCP server whose processes and connections somebody ends. */
export interface ManagedMcpServer extends McpServer {
  /** Resolves when no process and no connection of it is left. */
  stop(): Promise<void>
}

const CONNECT_TIMEOUT_MS = { stdio: 30_000, http: 10_000, sse: 10_000, 'in-memory': 10_000 }

/**
 * Makes a server of its definition. Nothing is started or connected to before somebody asks for it.
 * Throws a GatewayError (400) for an address that the server may not have.
 */
export function createMcpServer(
  definition: McpServerDefinition,
  parts: McpServerParts,
): ManagedMcpServer {
  const { name, title, description, transport, source, projectId } = definition
  const connectTimeoutMs = definition.connectTimeoutMs ?? CONNECT_TIMEOUT_MS[transport.type]
  const isRemote = transport.type === 'http' || transport.type === 'sse'
  const protection =
    isRemote && transport.auth && transport.auth.type !== 'none'
      ? { name, url: transport.url, auth: transport.auth, projectId }
      : undefined
  const egress =
    isRemote && source === 'api'
      ? guardedEgress(parts.egress ?? {}, { connectTimeoutMs })
      : undefined
  if (isRemote) egress?.checkUrl(transport.url, 'url')
  const agent = egress?.agent ?? (isRemote ? openAgent({ connectTimeoutMs }) : undefined)
  let live: LiveServer | undefined
  let isStopped = false

  // The MCP client library comes with this import: a server that nobody uses does not load it.
  const server = whenNeeded(async () => {
    const { createLiveServer } = await import('./live-server.ts')
    const log = parts.log.child({ server: name })
    live = createLiveServer({ ...parts, definition, agent, protection, connectTimeoutMs, log })
    return live
  })

  function status(): McpStatus {
    return live?.status() ?? { state: server.made() ? 'starting' : 'idle' }
  }

  return {
    name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    transport: transport.type,
    source,
    projectId,
    ...(protection && { protection }),
    status,
    async connect(peer) {
      if (isStopped) throw stopped(name)
      return (await server.get()).connect(peer)
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      await (await server.made())?.stop()
      await agent?.destroy()
    },
  }
}

function stopped(name: string): GatewayError {
  const message = `The MCP server "${name}" can not be used: the gateway stops.`
  return new GatewayError('mcp_server_unavailable', message, { shouldRetry: false })
}
