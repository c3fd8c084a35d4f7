import {
  specTypeSchemas,
  WebStandardStreamableHTTPServerTransport,
  type JSONRPCMessage,
  type RequestId,
} from '@modelcontextprotocol/server'

import type { RawCall } from '#core'

import { createStreamAnswer, type CallAnswer } from './call-answer.ts'
import { ASKING } from './protocol-server.ts'
import type { RequestContext } from './request-service.ts'
import { serveStraight } from './serve-straight.ts'
import type { ClientSession } from './session.ts'
import type { StraightCall } from './straight-call.ts'
import { originOf } from './web-exchange.ts'

type Base = WebStandardStreamableHTTPServerTransport

interface RunningCall {
  readonly answer: CallAnswer
  readonly end: AbortController
}

/** Streamable HTTP of the SDK for one session, which calls of tools pass by on a straight way. */
export class SessionTransport extends WebStandardStreamableHTTPServerTransport {
  readonly #running = new Map<RequestId, RunningCall>()

  /** Whether a call can be told apart from those that are under way. */
  isFree(id: RequestId): boolean {
    return !this.#running.has(id)
  }

  /** Serves a call on the stream of its own HTTP request. It goes on when the client hangs up. */
  async serveCall(
    call: RawCall,
    { request }: StraightCall,
    { server, service, signal }: ClientSession,
  ): Promise<void> {
    const { id } = request
    const answer = createStreamAnswer(call, this.sessionId ?? '')
    const end = new AbortController()
    const over = (): void => end.abort(signal.reason)
    signal.addEventListener('abort', over, { once: true })
    this.#running.set(id, { answer, end })
    const { _meta: meta } = request.params ?? {}
    const context: RequestContext = {
      origin: originOf(call),
      signal: end.signal,
      envelope: {},
      params: meta === undefined ? {} : { _meta: meta },
      notify: (told) => server.notification(told, { relatedRequestId: id }),
      send: ({ method, params }, until) =>
        server.request({ method, params: { ...params } }, specTypeSchemas.Result, {
          ...ASKING,
          signal: until,
          relatedRequestId: id,
        }),
    }
    try {
      await serveStraight(service, { request, context, answer })
    } finally {
      this.#running.delete(id)
      signal.removeEventListener('abort', over)
    }
  }

  /** The client has cancelled a request. */
  cancel(id: unknown, reason: unknown): void {
    if (typeof id === 'string' || typeof id === 'number') this.#running.get(id)?.end.abort(reason)
  }

  override async send(
    message: JSONRPCMessage,
    options?: Parameters<Base['send']>[1],
  ): Promise<void> {
    const related = options?.relatedRequestId
    const call = related === undefined ? undefined : this.#running.get(related)
    if (call) return call.answer.tell(message)
    await super.send(message, options)
  }
}
