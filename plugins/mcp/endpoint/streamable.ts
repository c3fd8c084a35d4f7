import { readCancellation, type EndpointCall, type MessageCall } from './client-message.ts'
import { readInitialize } from './read-initialize.ts'
import { sendRpcError, SESSION_NOT_FOUND } from './rpc-error.ts'
import { SessionTransport } from './session-transport.ts'
import { createSession, type ClientSession } from './session.ts'
import { createSessions, type OpenSession, type SessionLimits } from './sessions.ts'
import { readSessionCall } from './straight-call.ts'
import { sendWebResponse, toWebRequest } from './web-exchange.ts'

interface StreamableSession extends OpenSession {
  readonly client: ClientSession
  readonly transport: SessionTransport
  /** Counts the streams that the client has opened by GET: one at a time, as the SDK sees to. */
  listens: number
}

/** Streamable HTTP for clients of 2025-03-26 to 2025-11-25: POST, GET and DELETE of one URL. */
export interface Streamable {
  /** Serves messages: those that begin a session, and those of one. */
  post(from: MessageCall): Promise<void>
  /** Opens the stream of a session, for what belongs to no request. */
  listen(from: EndpointCall): Promise<void>
  /** Ends a session. */
  remove(from: EndpointCall): Promise<void>
  sweep(): void
  close(): Promise<void>
}

/** The key of a client that listens is read again from time to time: it comes back and goes on. */
const LONGEST_STREAM_MS = 30 * 60_000

export function createStreamable(limits: SessionLimits, version: string): Streamable {
  const sessions = createSessions<StreamableSession>(limits)

  async function begin({ call, caller, scope, message }: MessageCall): Promise<void> {
    const { capabilities } = readInitialize(message)
    const id = sessions.reserve(caller)
    const client = await createSession({ id, caller, scope, capabilities, version })
    const transport = new SessionTransport({
      sessionIdGenerator: () => id,
      onsessionclosed: () => sessions.end(id),
    })
    await client.server.connect(transport)
    sessions.keep(
      id,
      { caller, name: scope.name },
      {
        ...client,
        client,
        transport,
        listens: 0,
        isListening() {
          return this.listens > 0
        },
        close: () => transport.close(),
      },
    )
    await sendWebResponse(
      await transport.handleRequest(toWebRequest(call), { parsedBody: message }),
      call,
    )
    // The SDK did not take it for a beginning: there is no session then.
    if (transport.sessionId === undefined) await sessions.end(id)
  }

  function find({ call, caller, scope }: EndpointCall): StreamableSession | undefined {
    const id = call.headers['mcp-session-id']
    if (typeof id !== 'string') {
      const message = 'Bad Request: Mcp-Session-Id header is required'
      sendRpcError(call, 400, { code: -32000, message })
      return undefined
    }
    const session = sessions.find(id, { caller, name: scope.name })
    if (!session) sendRpcError(call, 404, SESSION_NOT_FOUND)
    return session
  }

  return {
    async post(from) {
      const { call, message } = from
      if (message.method === 'initialize' && call.headers['mcp-session-id'] === undefined)
        return begin(from)
      const session = find(from)
      if (!session) return
      const { transport, client } = session
      const straight = readSessionCall(message, call.headers)
      if (straight && transport.isFree(straight.request.id))
        return transport.serveCall(call, straight, client)
      const cancelled = readCancellation(message)
      if (cancelled) transport.cancel(cancelled.requestId, cancelled.reason)
      await sendWebResponse(
        await transport.handleRequest(toWebRequest(call), { parsedBody: message }),
        call,
      )
    },

    async listen(from) {
      const { call } = from
      const session = find(from)
      if (!session) return
      const answer = await session.transport.handleRequest(toWebRequest(call))
      if (answer.status !== 200) return sendWebResponse(answer, call)
      const end = (): void => session.transport.closeStandaloneSSEStream()
      const tooOld = setTimeout(end, LONGEST_STREAM_MS)
      call.closing.addEventListener('abort', end, { once: true })
      if (call.closing.aborted) end()
      session.listens++
      try {
        await sendWebResponse(answer, call)
      } finally {
        session.listens--
        clearTimeout(tooOld)
        call.closing.removeEventListener('abort', end)
      }
    },

    async remove(from) {
      const session = find(from)
      if (!session) return
      const { call } = from
      await sendWebResponse(await session.transport.handleRequest(toWebRequest(call)), call)
    },

    sweep: () => sessions.sweep(),
    close: () => sessions.endAll(),
  }
}
