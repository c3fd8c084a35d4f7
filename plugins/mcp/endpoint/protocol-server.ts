import { Server, specTypeSchemas, type ServerContext } from '@modelcontextprotocol/server'

import type { Description } from './description.ts'
import type { RequestContext, RequestService } from './request-service.ts'
import { originOfRequest } from './web-exchange.ts'

/** How long a client may take for what it is asked: a person may have to answer. */
const LONGEST_ANSWER_MS = 10 * 60_000

/** How a client of 2025 is asked something. */
export const ASKING = { timeout: LONGEST_ANSWER_MS, resetTimeoutOnProgress: true } as const

/** A server of the SDK for one connection, which leaves all requests to a service. */
export function createProtocolServer(
  { info, capabilities, instructions }: Description,
  service: Pick<RequestService, 'handle'> | undefined,
): Server {
  const server = new Server(info, { capabilities, ...(instructions ? { instructions } : {}) })
  // The SDK would keep the level to itself: the servers behind are to know it.
  server.removeRequestHandler('logging/setLevel')
  if (service) {
    server.fallbackRequestHandler = (request, context) =>
      service.handle(request, toRequestContext(context))
  }
  return server
}

function toRequestContext({ mcpReq, http }: ServerContext): RequestContext {
  const { _meta, inputResponses, signal, envelope = {} } = mcpReq
  const state = mcpReq.requestState()
  return {
    origin: originOfRequest(http?.req),
    signal,
    envelope,
    params: {
      ...(_meta === undefined ? {} : { _meta }),
      ...(inputResponses === undefined ? {} : { inputResponses }),
      ...(state === undefined ? {} : { requestState: state }),
    },
    notify: (notification) => mcpReq.notify(notification),
    send: ({ method, params }, until) =>
      mcpReq.send({ method, params: { ...params } }, specTypeSchemas.Result, {
        ...ASKING,
        signal: until,
      }),
  }
}
