import type { Result } from '@modelcontextprotocol/client'

import {
  GatewayError,
  type McpLink,
  type McpPeer,
  type McpRequest,
  type McpRequestOptions,
  type RunTool,
} from '#core'

import { answerInput, ask } from './answer-input.ts'
import type { SendOptions, ServerFacts } from './connection.ts'
import { severity } from './log-level.ts'
import { withClientMeta } from './request-meta.ts'
import { createRequestRunner } from './run-request.ts'
import { tellerOf } from './told-on-the-way.ts'
import type { ToolCaller } from './tool-caller.ts'
import type { Listener, Upstream } from './upstream.ts'

export interface LinkParts {
  readonly server: string
  readonly upstream: Upstream
  readonly facts: ServerFacts
  readonly peer: McpPeer
  readonly toolCaller: ToolCaller
  readonly runTool: RunTool
  readonly timeoutMs: number
  readonly maxResultBytes: number
}

/** A link of one peer to a connection that it may share with others. */
export function createLink(parts: LinkParts): McpLink {
  const { server, upstream, peer, toolCaller, timeoutMs, maxResultBytes } = parts
  const { caller, user = '' } = peer
  const callerKey = `${caller.projectId} ${caller.keyId ?? ''} ${user}`
  let logLevel: string | undefined
  let isReleased = false

  const listener: Listener = {
    peer,
    subscriptions: new Set(),
    hear(notification) {
      if (notification.method === 'notifications/message') {
        const level = notification.params?.['level']
        if (logLevel !== undefined && severity(level) < severity(logLevel)) return
      }
      peer.notify?.(notification)
    },
  }
  upstream.listeners.add(listener)
  const release = (): void => {
    if (isReleased) return
    isReleased = true
    upstream.listeners.delete(listener)
    peer.signal?.removeEventListener('abort', release)
    const options = { timeoutMs }
    for (const uri of listener.subscriptions) {
      void upstream.resubscribe(uri, options).catch(() => undefined)
    }
  }
  peer.signal?.addEventListener('abort', release, { once: true })

  /** Sends until there is a result; the server's own questions are asked of the peer. */
  async function send(
    request: McpRequest,
    options: McpRequestOptions,
    sending: SendOptions,
  ): Promise<Result> {
    const asked = withClientMeta(request, peer, facts().protocolVersion, logLevel)
    const one = (each: McpRequest): Promise<Result> => upstream.send(each, sending)
    if (options.takesInputRequired) return one(asked)
    return answerInput(asked, peer, options.signal, one)
  }

  const askPeer: SendOptions['ask'] = peer.ask && ((asked, until) => ask(peer, asked, until))
  const facts = (): ServerFacts => upstream.knownFacts() ?? parts.facts
  const run = createRequestRunner({
    server,
    peer,
    runTool: parts.runTool,
    timeoutMs,
    maxResultBytes,
  })

  async function request(asked: McpRequest, options: McpRequestOptions): Promise<Result> {
    const { method, params } = asked
    const { signal } = options
    const sending = { signal, timeoutMs, notify: tellerOf(options), ask: askPeer }
    if (method === 'resources/subscribe' || method === 'resources/unsubscribe') {
      const uri = String(params?.['uri'])
      if (method === 'resources/subscribe') listener.subscriptions.add(uri)
      else listener.subscriptions.delete(uri)
      await upstream.resubscribe(uri, sending)
      return {}
    }
    if (method === 'logging/setLevel') {
      logLevel = String(params?.['level'])
      await upstream.setLogLevel(logLevel, sending)
      return {}
    }
    if (method === 'resources/read' || method === 'prompts/get') {
      return run(asked, options, (read, until, isResultRead) =>
        send(read, options, {
          ...sending,
          signal: until,
          notify: tellerOf(options, isResultRead),
        }),
      )
    }
    return send(asked, options, sending)
  }

  return {
    get capabilities() {
      return facts().capabilities
    },
    get instructions() {
      return facts().instructions
    },
    get protocolVersion() {
      return facts().protocolVersion
    },
    tools: async (signal) => (await unlessAborted(toolCaller.offered(callerKey), signal)).list,
    prompts: (signal) => unlessAborted(upstream.lists.get('prompts', callerKey), signal),
    resources: (signal) => unlessAborted(upstream.lists.get('resources', callerKey), signal),
    resourceTemplates: (signal) =>
      unlessAborted(upstream.lists.get('resourceTemplates', callerKey), signal),
    callTool: (call, options) =>
      toolCaller.call({
        call,
        options,
        peer,
        callerKey,
        send: (asked, { isResultRead, ...sending }) =>
          send(asked, options, {
            ...sending,
            notify: tellerOf(options, isResultRead),
            ask: askPeer,
          }),
      }),
    request: (asked, options) => unlessAborted(request(asked, options), options.signal),
    release,
  }
}

/** The work goes on for others who wait for it; who has left does not wait. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  let leave = (): void => undefined
  const left = new Promise<never>((_resolve, reject) => {
    leave = () => reject(toReason(signal.reason))
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([work, left])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

function toReason(reason: unknown): Error {
  if (reason instanceof Error) return reason
  return new GatewayError('client_closed_request', 'The client went away.')
}
