import { parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/server'

import type { EndpointCall, MessageCall } from './client-message.ts'
import { readInitialize } from './read-initialize.ts'
import { sendRpcError, SESSION_NOT_FOUND } from './rpc-error.ts'
import { createSession, type ClientSession } from './session.ts'
import { createSessions, type OpenSession, type SessionLimits } from './sessions.ts'
import { createStreamTransport } from './stream-transport.ts'
import { toWebRequest } from './web-exchange.ts'

interface SseSession extends OpenSession {
  readonly id: string
  readonly transport: Transport
  /** Made of the client's first message, which says what the client can do. */
  client: ClientSession | undefined
}

/**
 * The transport of 2024-11-05, for clients that know no other: one stream by GET that carries all
 * answers, and a second address for the messages of the client.
 */
export interface OldSse {
  open(from: EndpointCall): Promise<void>
  post(from: MessageCall): Promise<void>
  close(): Promise<void>
}

/** Such a client does not come back by itself: its stream is as long as a day's work. */
const LONGEST_STREAM_MS = 12 * 60 * 60_000

export function createOldSse(limits: SessionLimits, version: string): OldSse {
  const sessions = createSessions<SseSession>(limits)

  return {
    async open({ call, caller, scope }) {
      const { response, closing } = call
      const id = sessions.reserve(caller)
      const ended = Promise.withResolvers<void>()
      const transport = createStreamTransport(response, `messages?sessionId=${id}`, ended.resolve)
      const session: SseSession = {
        id,
        transport,
        client: undefined,
        runningCount: () => session.client?.runningCount() ?? 0,
        isListening: () => true,
        release: () => session.client?.release(),
        close: () => transport.close(),
      }
      sessions.keep(id, { caller, name: scope.name }, session)
      const end = (): void => void sessions.end(id)
      const endWhenIdle = (): void => void (session.client?.idle() ?? Promise.resolve()).then(end)
      const tooOld = setTimeout(endWhenIdle, LONGEST_STREAM_MS)
      response.once('close', end)
      closing.addEventListener('abort', endWhenIdle, { once: true })
      if (closing.aborted) end()
      await ended.promise
      clearTimeout(tooOld)
      closing.removeEventListener('abort', endWhenIdle)
    },

    async post({ call, caller, scope, message }) {
      const session = sessions.find(call.query.get('sessionId') ?? '', { caller, name: scope.name })
      if (!session) return sendRpcError(call, 404, SESSION_NOT_FOUND)
      const checked = readMessage(message)
      if (!checked) {
        return sendRpcError(call, 400, { code: -32600, message: 'This is no JSON-RPC message.' })
      }
      if (!session.client) {
        if (message.method !== 'initialize') {
          return sendRpcError(call, 400, { code: -32000, message: 'Server not initialized' })
        }
        const { capabilities } = readInitialize(message)
        session.client = await createSession({
          id: session.id,
          caller,
          scope,
          capabilities,
          version,
        })
        await session.client.server.connect(session.transport)
      }
      call.response.writeHead(202, { 'x-request-id': call.requestId }).end('Accepted')
      session.transport.onmessage?.(checked, { request: toWebRequest(call) })
    },

    close: () => sessions.endAll(),
  }
}

function readMessage(message: unknown): ReturnType<typeof parseJSONRPCMessage> | undefined {
  try {
    return parseJSONRPCMessage(message)
  } catch {
    return undefined
  }
}
