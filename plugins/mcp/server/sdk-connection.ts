import { AsyncLocalStorage } from 'node:async_hooks'

import {
  Client,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type McpSubscription,
  type PriorDiscovery,
  PROTOCOL_VERSION_META_KEY,
  type Result,
  type SubscriptionFilter,
  type Transport,
} from '@modelcontextprotocol/client'

import { version, type Logger, type McpNotification, type McpRequest } from '#core'

import { type CallLine, createCallLine } from './call-line.ts'
import type { Connection, ConnectionEvents, SendOptions } from './connection.ts'
import { createMessageRate, HEARD_A_SECOND } from './message-rate.ts'
import { readModernToolResult, readToolResult } from './read-tool-result.ts'
import { outsideRequests, requestScope, type RequestScope } from './request-scope.ts'
import { mirrorsArguments, sendRequest } from './send-request.ts'

export interface SdkConnectionParts {
  readonly transport: Transport
  /** Which revision it spoke the last time. */
  readonly prior: PriorDiscovery | undefined
  readonly connectTimeoutMs: number
  /** What the client can do that is behind this connection. */
  readonly capabilities: ClientCapabilities
  readonly events: ConnectionEvents
  readonly log: Logger
}

export interface SdkConnection extends Connection {
  /** What to give as `prior` the next time. */
  readonly verdict: PriorDiscovery
}

const CLIENT_INFO = { name: 'tapgate', version, title: 'Tapgate' }
const ASKABLE = ['sampling/createMessage', 'elicitation/create', 'roots/list'] as const
const CAPABILITY_OF = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
} as const
const LISTEN_AGAIN_MS = 10_000

/** Connects with the official client: finds out which revision the server speaks, and speaks it. */
export async function openSdkConnection(parts: SdkConnectionParts): Promise<SdkConnection> {
  const { transport, prior, connectTimeoutMs, capabilities, events, log } = parts
  const client = new Client(CLIENT_INFO, {
    capabilities,
    versionNegotiation: { mode: 'auto', probe: { timeoutMs: connectTimeoutMs / 2 } },
    // Whose turn it is to answer is decided for each request: see `answer-input.ts`.
    inputRequired: { autoFulfill: false },
  })
  const scopes = new Set<RequestScope>()
  let line: CallLine | undefined
  let ended: ((fault: Error) => void) | undefined
  let endFault: Error | undefined
  let isClosed = false

  function end(fault: Error): void {
    if (isClosed) return
    isClosed = true
    endFault = fault
    ended?.(fault)
    void client.close().catch(() => undefined)
  }

  const heard = createMessageRate(HEARD_A_SECOND)
  client.fallbackNotificationHandler = async (notification) => {
    if (heard.count(1) > 0) return
    const { method, params } = notification
    route(params ? { method, params } : { method })
  }
  client.onerror = (error) =>
    log.debug('An MCP connection reports.', { reason: error.message.slice(0, 200) })
  client.onclose = () => {
    end(new Error('The connection was closed by the server.'))
    line?.end()
  }
  const { asked } = events
  for (const method of asked ? ASKABLE : []) {
    if (capabilities[CAPABILITY_OF[method]] === undefined) continue
    client.setRequestHandler(method, (async (
      { params }: { params?: Readonly<Record<string, unknown>> },
      { mcpReq }: { mcpReq: { signal: AbortSignal } },
    ) => answer(params ? { method, params } : { method }, mcpReq.signal)) as never)
  }

  async function answer(asking: McpRequest, signal: AbortSignal): Promise<Result | undefined> {
    const scope = asker()
    if (scope?.ask) return scope.where(() => scope.ask?.(asking, signal))
    return asked?.(asking, signal)
  }

  /** The request that a message belongs to: the one it was read in, or the only one there is. */
  function asker(): RequestScope | undefined {
    const read = requestScope.getStore()
    if (read) return read
    const [only] = scopes
    return scopes.size === 1 ? only : undefined
  }

  function route(notification: McpNotification): void {
    if (notification.method !== 'notifications/message') return events.notified(notification)
    const scope = asker()
    if (scope) scope.notify?.(notification)
    // Of several requests nobody knows whose it is, and it must not be told to the wrong caller.
    else if (scopes.size === 0 || events.asked) events.notified(notification)
  }

  const options = { timeout: connectTimeoutMs, ...(prior && { prior }) }
  await outsideRequests(() => client.connect(transport, options))
  const isModern = client.getProtocolEra() === 'modern'
  const discover = client.getDiscoverResult()
  const facts = {
    capabilities: client.getServerCapabilities() ?? {},
    instructions: client.getInstructions(),
    protocolVersion: client.getNegotiatedProtocolVersion() ?? '',
  }

  const calls = createCallLine({
    transport,
    envelope: isModern
      ? {
          [PROTOCOL_VERSION_META_KEY]: facts.protocolVersion,
          [CLIENT_INFO_META_KEY]: CLIENT_INFO,
          [CLIENT_CAPABILITIES_META_KEY]: capabilities,
        }
      : undefined,
    read: isModern ? readModernToolResult : readToolResult,
  })
  line = calls
  listenTo(transport, calls)

  let listening: McpSubscription | undefined
  let listenTimer: NodeJS.Timeout | undefined
  async function listen(uris: readonly string[]): Promise<void> {
    clearTimeout(listenTimer)
    const filter = filterFor(facts.capabilities, uris)
    const before = listening
    listening = undefined
    if (filter && !isClosed) {
      try {
        const opened = await client.listen(filter, { timeout: connectTimeoutMs })
        listening = opened
        void opened.closed.then(
          (why) => why !== 'local' && listening === opened && listenLater(uris),
        )
      } catch (error) {
        log.debug('An MCP server takes no subscription.', { reason: String(error).slice(0, 200) })
      }
    }
    await before?.close()
  }
  function listenLater(uris: readonly string[]): void {
    if (isClosed) return
    listenTimer = setTimeout(() => void outsideRequests(() => listen(uris)), LISTEN_AGAIN_MS)
    listenTimer.unref()
  }

  async function request(asking: McpRequest, sending: SendOptions): Promise<Result> {
    if (endFault) throw endFault
    const { notify, ask } = sending
    const where = ask ? AsyncLocalStorage.snapshot() : direct
    const abandoned = new AbortController()
    const scope: RequestScope = { notify, ask, where, abandoned, hear: calls.hear }
    scopes.add(scope)
    try {
      const isPlainCall = asking.method === 'tools/call' && !(isModern && mirrorsArguments(sending))
      return await requestScope.run(scope, () =>
        isPlainCall ? calls.send(asking, sending) : sendRequest(client, asking, sending),
      )
    } catch (error) {
      scope.abandoned.abort()
      throw scope.fault ?? endFault ?? error
    } finally {
      scopes.delete(scope)
    }
  }

  if (isModern) void outsideRequests(() => listen([]))
  return {
    ...facts,
    isModern,
    verdict: isModern && discover ? { kind: 'modern', discover } : { kind: 'legacy' },
    request,
    ...(isModern && {
      mirroredTools: async ({ timeoutMs, signal }: SendOptions) => {
        const options = {
          timeout: timeoutMs,
          cacheMode: 'refresh',
          ...(signal && { signal }),
        } as const
        return (await client.listTools(undefined, options)).tools
      },
      listen: (uris: readonly string[]) => void outsideRequests(() => listen(uris)),
    }),
    onEnd(handler) {
      ended = handler
      if (endFault) handler(endFault)
    },
    async close() {
      isClosed = true
      endFault ??= new Error('The connection was closed.')
      clearTimeout(listenTimer)
      await client.close()
    },
  }
}

/**
 * What belongs to a call goes to the call, all else to the SDK. That one forgets who hears of progress
 * when the answer comes, and passes notifications on later.
 */
function listenTo(transport: Transport, calls: CallLine): void {
  const hear = transport.onmessage
  transport.onmessage = (message, extra) => {
    if (calls.hear(message)) return
    if ('method' in message) hear?.(message, extra)
    else queueMicrotask(() => hear?.(message, extra))
  }
}

const direct = <T>(run: () => T): T => run()

/** What to be told of: what the server says it tells. Undefined when that is nothing. */
function filterFor(
  { tools, prompts, resources }: Connection['capabilities'],
  uris: readonly string[],
): SubscriptionFilter | undefined {
  const filter = {
    ...(tools?.listChanged && { toolsListChanged: true }),
    ...(prompts?.listChanged && { promptsListChanged: true }),
    ...(resources?.listChanged && { resourcesListChanged: true }),
    ...(uris.length > 0 && { resourceSubscriptions: [...uris] }),
  }
  return Object.keys(filter).length > 0 ? filter : undefined
}
