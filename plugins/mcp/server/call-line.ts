import {
  ProtocolError,
  type Result,
  SdkError,
  SdkErrorCode,
  type Transport,
} from '@modelcontextprotocol/client'

import type { McpRequest } from '#core'

import type { SendOptions } from './connection.ts'

/** Requests that the SDK's client only carries: it checks each message four times, and each result twice. */
export interface CallLine {
  /** Sends a request. Throws what the SDK would. */
  send(request: McpRequest, options: SendOptions): Promise<Result>
  /** Takes a message that belongs to one of these requests; false for all others. */
  readonly hear: (message: unknown) => boolean
  /** The connection has ended: nothing comes any more. */
  end(): void
}

export interface CallLineParts {
  readonly transport: Transport
  /** What each message says of its sender; nothing before 2026-07-28. */
  readonly envelope: Readonly<Record<string, unknown>> | undefined
  /** Reads a result of a method. Throws an SdkError for what is none. */
  readonly read: (result: Readonly<Record<string, unknown>>) => Result
}

/** Out of the way of the SDK's own, which begin at 0. */
const FIRST_ID = 1_000_000_000

type Message = Readonly<Record<string, unknown>>

interface Pending {
  readonly resolve: (result: Result) => void
  readonly reject: (fault: unknown) => void
  readonly tell: ((progress: Readonly<Record<string, unknown>>) => void) | undefined
}

export function createCallLine({ transport, envelope, read }: CallLineParts): CallLine {
  const pending = new Map<number, Pending>()
  let nextId = FIRST_ID

  function cancel(requestId: number, reason: unknown): void {
    // Over HTTP, a client of 2026-07-28 takes a request back by leaving.
    if (envelope && transport.hasPerRequestStream) return
    const params = {
      requestId,
      reason: String(reason),
      ...(envelope && { _meta: { ...envelope } }),
    }
    const message = { jsonrpc: '2.0', method: 'notifications/cancelled', params } as const
    void transport.send(message).catch(() => undefined)
  }

  function hearProgress({ method, params }: Message): boolean {
    if (method !== 'notifications/progress' || !isObject(params)) return false
    const { progressToken, ...progress } = params
    const told = pending.get(Number(progressToken))?.tell
    if (!told || typeof progress['progress'] !== 'number') return false
    told(progress)
    return true
  }

  function hearAnswer(message: Message): boolean {
    const { id, error, result } = message
    const asked = pending.get(Number(id))
    if (!asked || Object.keys(message).length !== 3) return false
    if (isObject(error)) {
      const { code, message: said, data } = error
      if (typeof code !== 'number' || typeof said !== 'string') return false
      asked.reject(ProtocolError.fromError(code, said, data))
      return true
    }
    if (!isObject(result)) return false
    const { _meta: meta } = result
    if (meta !== undefined && !isObject(meta)) return false
    try {
      asked.resolve(read(result))
    } catch (fault) {
      asked.reject(fault)
    }
    return true
  }

  return {
    async send({ method, params }, { signal, timeoutMs, notify }) {
      const id = nextId++
      const { _meta: given, ...others } = params ?? {}
      const { progressToken, ...meta } = (given ?? {}) as Record<string, unknown>
      const isTold = notify !== undefined && progressToken !== undefined
      const own = { ...envelope, ...meta, ...(isTold && { progressToken: id }) }
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      const tell = (progress: object): void =>
        notify?.({ method: 'notifications/progress', params: { ...progress, progressToken } })
      const giveUp = (fault: unknown): void => {
        if (!pending.has(id)) return
        cancel(id, fault)
        reject(fault instanceof SdkError ? fault : timedOut(String(fault)))
      }
      const leave = (): void => giveUp(signal?.reason)
      if (signal?.aborted) throw timedOut(String(signal.reason))
      pending.set(id, { resolve, reject, tell: isTold ? tell : undefined })
      signal?.addEventListener('abort', leave, { once: true })
      const timer = setTimeout(() => giveUp(timedOut('Request timed out')), timeoutMs)
      const message = {
        jsonrpc: '2.0' as const,
        id,
        method,
        params: Object.keys(own).length > 0 ? { ...others, _meta: own } : others,
      }
      transport.send(message).catch(reject)
      try {
        return await promise
      } finally {
        pending.delete(id)
        clearTimeout(timer)
        signal?.removeEventListener('abort', leave)
      }
    },

    hear(message) {
      if (!isObject(message) || message['jsonrpc'] !== '2.0') return false
      return 'method' in message ? hearProgress(message) : hearAnswer(message)
    },

    end() {
      const fault = new SdkError(SdkErrorCode.ConnectionClosed, 'Connection closed')
      for (const { reject } of pending.values()) reject(fault)
    },
  }
}

function timedOut(message: string): SdkError {
  return new SdkError(SdkErrorCode.RequestTimeout, message)
}

/** An object of JSON, which is no array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
