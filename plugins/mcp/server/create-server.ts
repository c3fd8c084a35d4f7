import { LRUCache } from 'lru-cache'

import type {
  Logger,
  McpAuthProvider,
  McpPeer,
  McpServer,
  McpStatus,
  RunTool,
  Services,
} from '#core'

import type { McpServerDefinition } from './definition.ts'
import { guardedEgress, openAgent, type EgressRules } from './egress.ts'
import { createLink } from './link.ts'
import { createOpener, type Opener } from './open-connection.ts'
import { callLimits } from './policy.ts'
import { isModernVersion } from './request-meta.ts'
import { createResultCache } from './result-cache.ts'
import { createToolCaller, type ToolCaller } from './tool-caller.ts'
import { createTurnstiles } from './turnstiles.ts'
import { createUpstream, type Upstream } from './upstream.ts'

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
const IDLE_TIMEOUT_MS = 600_000
/** Connections that are for one session, or one owner of credentials, end sooner. */
const OWN_IDLE_TIMEOUT_MS = 300_000
const MAX_OWN_CONNECTIONS = 200

interface Branch {
  readonly open: Opener
  readonly upstream: Upstream
  readonly toolCaller: ToolCaller
}

/**
 * Makes a server of its definition. Nothing is started or connected to before somebody asks for it.
 * Throws a GatewayError (400) for an address that the server may not have.
 */
export function createMcpServer(
  definition: McpServerDefinition,
  parts: McpServerParts,
): ManagedMcpServer {
  const { name, title, description, transport, source, projectId } = definition
  const log = parts.log.child({ server: name })
  const connectTimeoutMs = definition.connectTimeoutMs ?? CONNECT_TIMEOUT_MS[transport.type]
  const idleTimeoutMs = definition.idleTimeoutMs ?? IDLE_TIMEOUT_MS
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
  const turnstiles = createTurnstiles(name, definition)
  const results =
    definition.cache && !protection ? createResultCache(definition.cache.ttlMs) : undefined
  const endings = new Set<Promise<void>>()
  let isStopped = false

  function createBranch(
    authProvider: McpAuthProvider | undefined,
    capabilities: McpPeer['capabilities'],
    idleMs: number,
    open = createOpener(),
  ): Branch {
    const upstream = createUpstream({
      definition,
      agent,
      authProvider,
      folder: parts.folder,
      capabilities,
      open,
      connectTimeoutMs,
      idleTimeoutMs: idleMs,
      log,
    })
    const { lists } = upstream
    const { runTool } = parts
    const toolCaller = createToolCaller({ definition, lists, runTool, turnstiles, results })
    return { open, upstream, toolCaller }
  }

  function end({ upstream }: Branch): void {
    const ending = upstream.stop().finally(() => endings.delete(ending))
    endings.add(ending)
  }

  /** Taken out of their caches while somebody has a link: they disconnect when they are idle. */
  const stillUsed = new Set<Branch>()
  function retire(branch: Branch): void {
    stillUsed.add(branch)
    for (const one of stillUsed) {
      if (!isStopped && one.upstream.listeners.size > 0) continue
      stillUsed.delete(one)
      end(one)
    }
  }

  const shared = createBranch(undefined, undefined, idleTimeoutMs)
  /** Whose health is shown. */
  let latest = shared
  /** By the owner of the credentials. */
  const owned = new LRUCache<string, Branch>({ max: MAX_OWN_CONNECTIONS, dispose: retire })
  /** By session: of clients that a server of 2025 can ask while it works. */
  const asking = new LRUCache<string, Branch>({
    max: MAX_OWN_CONNECTIONS,
    ttl: OWN_IDLE_TIMEOUT_MS,
    ttlAutopurge: true,
    updateAgeOnGet: true,
    dispose: retire,
  })

  function branchOf(provider: McpAuthProvider | undefined): Branch {
    if (!provider) return shared
    const known = owned.get(provider.owner)
    if (known) return known
    const made = createBranch(provider, undefined, Math.min(idleTimeoutMs, OWN_IDLE_TIMEOUT_MS))
    owned.set(provider.owner, made)
    return made
  }

  function askingBranch(
    provider: McpAuthProvider | undefined,
    peer: McpPeer,
    sessionId: string,
    open: Opener,
  ): Branch {
    const key = `${peer.caller.projectId} ${peer.caller.keyId ?? ''} ${provider?.owner ?? ''} ${sessionId}`
    const known = asking.get(key)
    if (known) return known
    const made = createBranch(provider, peer.capabilities, OWN_IDLE_TIMEOUT_MS, open)
    asking.set(key, made)
    return made
  }

  return {
    name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    transport: transport.type,
    source,
    projectId,
    ...(protection && { protection }),
    status: (): McpStatus => latest.upstream.status(),
    async connect(peer) {
      const credentials = 'mcpCredentials' in parts.services && parts.services.mcpCredentials
      const provider =
        protection && credentials
          ? credentials.authProvider(protection, peer.caller, peer.user)
          : undefined
      const usual = branchOf(provider)
      latest = usual
      const { sessionId, capabilities = {} } = peer
      const canBeAsked = Boolean(peer.ask) && Object.keys(capabilities).length > 0
      let branch = usual
      let facts = await usual.upstream.facts()
      if (canBeAsked && sessionId !== undefined && !isModernVersion(facts.protocolVersion)) {
        branch = askingBranch(provider, peer, sessionId, usual.open)
        facts = await branch.upstream.facts()
      }
      return createLink({
        server: name,
        ...branch,
        facts,
        peer,
        runTool: parts.runTool,
        ...callLimits(definition),
      })
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      end(shared)
      owned.clear()
      asking.clear()
      for (const branch of stillUsed) retire(branch)
      await Promise.all(endings)
      await agent?.destroy()
    },
  }
}
