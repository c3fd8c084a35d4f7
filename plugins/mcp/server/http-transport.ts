import {
  type JSONRPCMessage,
  type JSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
  SSEClientTransport,
  SseError,
  StreamableHTTPClientTransport,
  type StreamableHTTPClientTransportOptions,
} from '@modelcontextprotocol/client'

import { requestScope, type RequestScope } from './request-scope.ts'
import type { ServerHttp } from './server-http.ts'

type SendOptions = Parameters<StreamableHTTPClientTransport['send']>[1]

/** Names that stand in a header as they are. */
const PLAIN_NAME = /^[\w./-]+$/

/**
 * Streamable HTTP that tells a request at once when the stream of its answer ended without one. Calls
 * of tools it sends itself where it may: most are answered whole, and the SDK need not see them.
 */
export class HttpTransport extends StreamableHTTPClientTransport {
  readonly #url: URL
  readonly #http: ServerHttp | undefined
  readonly #ownHeaders: Readonly<Record<string, string>>

  constructor(url: URL, options: StreamableHTTPClientTransportOptions, http?: ServerHttp) {
    super(url, options)
    this.#url = url
    const own = fromPairs(options.requestInit?.headers)
    // One that is not as it should be is the SDK's to refuse.
    this.#http = own && !('accept' in own) ? http : undefined
    this.#ownHeaders = own ?? {}
  }

  override async send(
    message: JSONRPCMessage | JSONRPCMessage[],
    options?: SendOptions,
  ): Promise<void> {
    if (!('method' in message && 'id' in message)) return super.send(message, options)
    const { id } = message
    const scope = requestScope.getStore()
    if (scope && !options && (await this.#call(message, scope))) return
    const requestSignal = options?.requestSignal ?? scope?.abandoned.signal
    await super.send(message, {
      ...options,
      ...(requestSignal && { requestSignal }),
      onRequestStreamEnd: () => {
        options?.onRequestStreamEnd?.()
        // Where the answer did arrive, nobody waits for this one any more.
        const error = { code: -32_000, message: 'The server ended its answer before it was whole.' }
        this.onmessage?.({ jsonrpc: '2.0', id, error })
      },
    })
  }

  /** Sends a call of a tool. Whether its answer was heard: the SDK reads it otherwise. */
  async #call(message: JSONRPCRequest, scope: RequestScope): Promise<boolean> {
    const { method, params } = message
    const { sessionId, protocolVersion } = this
    const name = String(params?.['name'])
    if (!this.#http || method !== 'tools/call' || !PLAIN_NAME.test(name)) return false
    const claimed = params?._meta?.[PROTOCOL_VERSION_META_KEY]
    const headers = {
      ...this.#ownHeaders,
      ...(sessionId && { 'mcp-session-id': sessionId }),
      ...(protocolVersion && { 'mcp-protocol-version': protocolVersion }),
      ...(typeof claimed === 'string' && {
        'mcp-protocol-version': claimed,
        'mcp-method': method,
        'mcp-name': name,
      }),
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    }
    return this.#http.post(this.#url, headers, JSON.stringify(message), scope)
  }
}

function fromPairs(given: RequestInit['headers']): Record<string, string> | undefined {
  try {
    return Object.fromEntries(new Headers(given))
  } catch {
    return undefined
  }
}

/** The transport of 2024-11-05. Its session ends with its stream, so a stream that breaks ends it. */
export class SseTransport extends SSEClientTransport {
  #isOpen = false

  override async start(): Promise<void> {
    await super.start()
    this.#isOpen = true
    const report = this.onerror
    this.onerror = (error) => {
      report?.(error)
      if (!this.#isOpen || !(error instanceof SseError)) return
      this.#isOpen = false
      void this.close()
    }
  }
}
