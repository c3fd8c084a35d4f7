import type { ClientCapabilities, Result } from '@modelcontextprotocol/client'
import type { Agent } from 'undici'

import type {
  Logger,
  McpAuthProvider,
  McpNotification,
  McpPeer,
  McpRequest,
  McpStatus,
} from '#core'

import { ask } from './answer-input.ts'
import type { Connection, SendOptions, ServerFacts } from './connection.ts'
import type { McpServerDefinition } from './definition.ts'
import { toServerFault, type ServerFault } from './fault.ts'
import { fetchList } from './fetch-list.ts'
import { createListCache, type ListCache, type ListKind } from './list-cache.ts'
import { severity } from './log-level.ts'
import type { OpenParts } from './open-connection.ts'
import { supervise } from './supervisor.ts'

/** One who uses a connection, and hears what concerns it. */
export interface Listener {
  readonly peer: McpPeer
  /** The resources it wants to hear of. */
  readonly subscriptions: Set<string>
  hear(notification: McpNotification): void
}

/** One connection to a server, with all that is kept of it. Many links share it. */
export interface Upstream {
  readonly lists: ListCache
  readonly listeners: Set<Listener>
  facts(): Promise<ServerFacts>
  knownFacts(): ServerFacts | undefined
  /** Sends a request. Throws a GatewayError: see McpLink. */
  send(request: McpRequest, options: SendOptions): Promise<Result>
  /** Has the server tell of exactly the resources that somebody wants to hear of. */
  resubscribe(uri: string, options: SendOptions): Promise<void>
  /** Has a server of 2025 log at least this. Newer ones are told with each request. */
  setLogLevel(level: string, options: SendOptions): Promise<void>
  status(): McpStatus
  stop(): Promise<void>
}

export interface UpstreamParts {
  readonly definition: McpServerDefinition
  readonly agent: Agent | undefined
  readonly authProvider: McpAuthProvider | undefined
  readonly folder: string
  /** Of the client behind, when the connection is for one session; nothing when it is shared. */
  readonly capabilities: ClientCapabilities | undefined
  open(parts: OpenParts): Promise<Connection>
  readonly connectTimeoutMs: number
  readonly idleTimeoutMs: number
  readonly log: Logger
}

const LIST_CHANGED: Readonly<Record<string, readonly ListKind[]>> = {
  'notifications/tools/list_changed': ['tools'],
  'notifications/prompts/list_changed': ['prompts'],
  'notifications/resources/list_changed': ['resources', 'resourceTemplates'],
}
/** How often listeners are told that a list has changed. */
const TELL_EVERY_MS = 100

export function createUpstream(parts: UpstreamParts): Upstream {
  const { definition, connectTimeoutMs, authProvider, capabilities, log } = parts
  const { name } = definition
  const listeners = new Set<Listener>()
  const subscribed = new Set<string>()
  let logLevel: string | undefined
  const tellers = new Map<string, NodeJS.Timeout>()

  function tellAll(notification: McpNotification): void {
    for (const listener of listeners) listener.hear(notification)
  }

  function notified(notification: McpNotification): void {
    const { method, params } = notification
    const kinds = LIST_CHANGED[method]
    if (kinds) {
      for (const kind of kinds) lists.invalidate(kind)
      tellSoon(notification)
    } else if (method === 'notifications/resources/updated') {
      const uri = String(params?.['uri'])
      for (const listener of listeners) {
        if (listener.subscriptions.has(uri)) listener.hear(notification)
      }
    } else if (method === 'notifications/message' || capabilities) tellAll(notification)
  }

  /** Many changes at once are one change. */
  function tellSoon(notification: McpNotification): void {
    if (tellers.has(notification.method)) return
    const timer = setTimeout(() => {
      tellers.delete(notification.method)
      tellAll({ method: notification.method })
    }, TELL_EVERY_MS)
    tellers.set(notification.method, timer)
    timer.unref()
  }

  /** Who asks back means the last one who came, where the request itself does not say who. */
  async function asked(request: McpRequest, signal: AbortSignal): Promise<Result> {
    const peer = [...listeners].findLast((listener) => listener.peer.ask)?.peer
    if (!peer) throw new Error('There is nobody to ask.')
    return ask(peer, request, signal)
  }

  const supervisor = supervise({
    server: name,
    log,
    idleTimeoutMs: parts.idleTimeoutMs,
    understand: async (fault) => (await understand(fault, connectTimeoutMs)).error,
    open: (signal) =>
      parts.open({
        signal,
        definition,
        agent: parts.agent,
        authProvider,
        folder: parts.folder,
        capabilities: capabilities ?? {},
        events: capabilities ? { notified, asked } : { notified },
        connectTimeoutMs,
        log,
      }),
    opened(connection) {
      for (const kind of ['tools', 'prompts', 'resources', 'resourceTemplates'] as const) {
        lists.invalidate(kind)
      }
      const wanted = [...subscribed]
      subscribed.clear()
      for (const uri of wanted) void subscribe(connection, uri, { timeoutMs: connectTimeoutMs })
    },
  })

  const lists = createListCache(async (kind, asks) => {
    const options = { timeoutMs: connectTimeoutMs, signal: AbortSignal.timeout(connectTimeoutMs) }
    const list = (connection: Connection): ReturnType<typeof fetchList<typeof kind>> => {
      asks()
      return fetchList(name, connection, kind, options)
    }
    return attempt(options, list, true)
  })

  /** Tries once more where the server had only forgotten the connection: it has done nothing yet. */
  async function attempt<T>(
    { timeoutMs, signal }: SendOptions,
    work: (connection: Connection) => Promise<T>,
    isVital = false,
  ): Promise<T> {
    for (let isFirst = true; ; isFirst = false) {
      const connection = await supervisor.get()
      const done = supervisor.use(connection)
      try {
        return await work(connection)
      } catch (error) {
        // Who has left need not hear what became of it.
        if (signal?.aborted && !isVital) throw error
        const { error: fault, connection: state } = await understand(error, timeoutMs)
        if (state === 'forgotten' && isFirst) {
          supervisor.forget(connection)
          continue
        }
        if (state === 'gone' || (isVital && fault.code === 'mcp_timeout')) {
          supervisor.lost(connection, fault)
        }
        throw fault
      } finally {
        done()
      }
    }
  }

  async function understand(error: unknown, timeoutMs: number): Promise<ServerFault> {
    const explained = await authProvider?.explain(error)
    if (explained) return { error: explained, connection: 'usable' }
    return toServerFault(name, error, timeoutMs)
  }

  async function subscribe(
    connection: Connection,
    uri: string,
    options: SendOptions,
  ): Promise<void> {
    const isWanted = [...listeners].some(({ subscriptions }) => subscriptions.has(uri))
    if (isWanted === subscribed.has(uri)) return
    if (isWanted) subscribed.add(uri)
    else subscribed.delete(uri)
    if (connection.listen) return connection.listen([...subscribed])
    const method = isWanted ? 'resources/subscribe' : 'resources/unsubscribe'
    await connection.request({ method, params: { uri } }, options)
  }

  return {
    lists,
    listeners,
    knownFacts: () => supervisor.facts(),
    facts: async () => supervisor.facts() ?? (await supervisor.get()),
    send: (request, options) =>
      attempt(options, (connection) => connection.request(request, options)),
    resubscribe: (uri, options) =>
      attempt(options, (connection) => subscribe(connection, uri, options)),
    async setLogLevel(level, options) {
      // Of those who share the connection, the one that wants to hear most decides.
      const isHeard =
        !capabilities && logLevel !== undefined && severity(logLevel) <= severity(level)
      if (isHeard) return
      logLevel = level
      await attempt(options, async (connection) => {
        if (connection.isModern || !connection.capabilities.logging) return
        await connection.request({ method: 'logging/setLevel', params: { level } }, options)
      })
    },
    status: () => supervisor.status(),
    async stop() {
      for (const timer of tellers.values()) clearTimeout(timer)
      await supervisor.stop()
    },
  }
}
