import {
  type JSONRPCMessage,
  SSEClientTransport,
  SseError,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'

import { requestScope } from './request-scope.ts'

type SendOptions = Parameters<StreamableHTTPClientTransport['send']>[1]

/** Streamable HTTP that tells a request at once when the stream of its answer ended without one. */
export class HttpTransport extends StreamableHTTPClientTransport {
  override async send(
    message: JSONRPCMessage | JSONRPCMessage[],
    options?: SendOptions,
  ): Promise<void> {
    if (!('method' in message && 'id' in message)) return super.send(message, options)
    const { id } = message
    const requestSignal = options?.requestSignal ?? requestScope.getStore()?.abandoned.signal
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
