import { LRUCache } from 'lru-cache'
import type { Agent } from 'undici'

import type {
  Logger,
  McpAuthProvider,
  McpLink,
  McpPeer,
  McpProtectedServer,
  McpStatus,
  RunTool,
  Services,
} from '#core'

import type { McpServerDefinition } from './definition.ts'
import { createLink } from './link.ts'
import { createOpener, type Opener } from './open-connection.ts'
import { callLimits } from './policy.ts'
import { isModernVersion } from './request-meta.ts'
import { createResultCache } from './result-cache.ts'
import { createToolCaller, type ToolCaller } from './tool-caller.ts'
import { createTurnstiles } from './turnstiles.ts'
import { createUpstream, type Upstream } from './upstream.ts'

export interface LiveServerParts {
  readonly definition: McpServerDefinition
  /** For servers over HTTP. */
  readonly agent: Agent | undefined
  /** What it asks for, when it asks for authorization. */
  readonly protection: McpProtectedServer | undefined
  readonly connectTimeoutMs: number
  /** Where relative folders of the definition begin. */
  readonly folder: string
  readonly log: Logger
  readonly runTool: RunTool
  readonly services: Services
}

/** The connections to one server: one that is shared, and those that belong to somebody. */
export interface LiveServer {
  status(): McpStatus
  /** See McpServer. */
  connect(peer: McpPeer): Promise<McpLink>
  /** Resolves when no process and no connection is left. */
  stop(): Promise<void>
}

const IDLE_TIMEOUT_MS = 600_000
/** Connections that are for one session, or one owner of credentials, end sooner. */
const OWN_IDLE_TIMEOUT_MS = 300_000
const MAX_OWN_CONNECTIONS = 200

interface Branch {
  readonly open: Opener
  readonly upstream: Upstream
  readonly toolCaller: ToolCaller
}

/** Connects to a server when it is asked for, and again as often as that is needed. */
export function createLiveServer(parts: LiveServerParts): LiveServer {
  const { definition, agent, protection, connectTimeoutMs, log } = parts
  const { name } = definition
  const idleTimeoutMs = definition.idleTimeoutMs ?? IDLE_TIMEOUT_MS
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
    status: () => latest.upstream.status(),
    async connect(peer) {
      const credentials = 'mcpCredentials' in parts.services && parts.services.mcpCredentials
      const provider =
        protection && credentials
          ? await credentials.authProvider(protection, peer.caller, peer.user)
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
      isStopped = true
      end(shared)
      owned.clear()
      asking.clear()
      for (const branch of stillUsed) retire(branch)
      await Promise.all(endings)
    },
  }
}
