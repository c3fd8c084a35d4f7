import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

import Koa from 'koa'
import { LRUCache } from 'lru-cache'

import { parseJson, readBody } from './body.ts'
import { ANYBODY, type Caller } from './caller.ts'
import { GatewayError, toGatewayError } from './errors.ts'
import type { Gateway } from './gateway.ts'
import { newRequestId } from './ids.ts'
import { keepTick } from './kept-tick.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { takeProjectPrefix } from './project-prefix.ts'
import type { InferenceName } from './provider.ts'
import { refuseSocket } from './refuse-socket.ts'
import { sendError, sendJson } from './respond.ts'
import { createRouteFinder, type Found } from './route-finder.ts'
import { JsonText, Reply, type Route } from './route.ts'
import { INFERENCE_ROUTES } from './routes/inference-routes.ts'
import { serveInference } from './routes/inference.ts'
import { turnFor } from './turn.ts'

export interface Server {
  /** Resolves when requests are taken; port 0 takes a free one. */
  listen(port: number, host: string): Promise<{ port: number }>
  /** Takes no more, lets running exchanges end within the limit, then ends them. */
  close(limitMs: number): Promise<void>
}

const INFERENCE: { readonly [path: string]: InferenceName } = Object.fromEntries(
  INFERENCE_ROUTES.map(({ path, operation }) => [path, operation]),
)

/** One for all, as it is told after every answer, whether it was whole or not. */
const CLIENT_LEFT = new GatewayError('client_closed_request', 'The client left.')

/** Connections that may wait to be accepted, so that a burst of clients is not turned away. */
const LONGEST_BACKLOG = 4096

/** So many addresses of raw routes are found again without the router. */
const MOST_KNOWN = 1000

/** A gateway behind HTTP: limits for slow clients, routes, and one exit for all errors. */
export function createServer(gateway: Gateway): Server {
  const find = createRouteFinder(gateway.routes)
  const known = new LRUCache<string, Found>({ max: MOST_KNOWN })

  let isClosing = false
  const closing = new AbortController()
  const app = new Koa()
  app.silent = true
  app.use(async (context) => {
    context.respond = false
    const { path, method, res } = context
    const operation = method === 'POST' ? INFERENCE[path] : undefined
    if (operation) return infer(operation, context.req, res)
    await answer(context.req, res, () => {
      const found = find(method, path)
      if ('serve' in found.route && context.url === path) known.set(`${method} ${path}`, found)
      return found
    })
  })

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    look: () => Found,
  ): Promise<void> {
    const requestId = newRequestId()
    let route: Route | undefined
    try {
      if (isClosing) response.shouldKeepAlive = false
      const found = look()
      route = found.route
      await serveRoute(found, request, response, requestId)
    } catch (error) {
      const fault = report(error, requestId)
      const own = route && 'serve' in route ? route.errorHeaders?.(fault, request) : {}
      sendError(response, fault, requestId, own)
    }
  }

  async function infer(
    operation: InferenceName,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const startedMark = performance.now()
    // Together with all that comes in this turn.
    await turnFor('requests')
    const requestId = newRequestId()
    try {
      if (isClosing) response.shouldKeepAlive = false
      const found = authorise('write', request.headers)
      const caller = found instanceof Promise ? await found : found
      const call = { request, response, requestId, caller, startedMark }
      await serveInference(operation, call, gateway.inference)
    } catch (error) {
      sendError(response, report(error, requestId), requestId)
    }
  }

  /** At once for a key that is known. */
  function authorise(
    access: Exclude<Route['access'], 'public'>,
    headers: Koa.Context['req']['headers'],
  ): MaybePromise<Caller> {
    const caller = gateway.accounts?.identify(headers) ?? ANYBODY
    return caller instanceof Promise
      ? caller.then((found) => admit(found, access))
      : admit(caller, access)
  }

  async function serveRoute(
    { route, params }: Found,
    req: IncomingMessage,
    res: ServerResponse,
    requestId: string,
  ): Promise<void> {
    const caller =
      route.access === 'public' ? undefined : await authorise(route.access, req.headers)
    const left = new AbortController()
    res.on('close', () => left.abort(CLIENT_LEFT))
    const call = {
      requestId,
      params,
      caller,
      get query() {
        return queryOf(req)
      },
      headers: req.headers,
      localPort: req.socket.localPort,
      signal: left.signal,
      async json() {
        const text = await readBody(req, gateway.inference.bodyLimitBytes)
        return text === '' ? {} : parseJson(text)
      },
    }
    if ('serve' in route) {
      const raw = { request: req, response: res, closing: closing.signal }
      return route.serve(Object.assign(call, raw))
    }
    const result = await route.handle(call)
    const reply = result instanceof Reply ? result : new Reply(200, result)
    const headers = { ...reply.headers, 'x-request-id': requestId }
    const { body } = reply
    const text = body instanceof JsonText ? body.text : JSON.stringify(body ?? null)
    sendJson(res, reply.status, headers, text)
  }

  function report(error: unknown, requestId: string): GatewayError {
    const fault = toGatewayError(error)
    if (fault.status === 500) {
      const stack = fault.cause instanceof Error ? fault.cause.stack : undefined
      gateway.inference.log.error(fault.message, { request: requestId, code: fault.code, stack })
    }
    return fault
  }

  keepTick()
  const serve = app.callback()
  const http = createHttpServer(
    {
      headersTimeout: 10_000,
      // Beyond the limits for headers and for a body, which is told to the exchange too.
      requestTimeout: 75_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
      maxHeaderSize: 16_384,
      // Two keys become one that nobody has, instead of the first being taken in silence.
      joinDuplicateHeaders: true,
    },
    (request, response) => {
      takeProjectPrefix(request)
      // What is asked a thousand times a second goes straight; the rest by Koa and its router.
      const operation = request.method === 'POST' ? INFERENCE[request.url ?? ''] : undefined
      if (operation) return void infer(operation, request, response)
      const found = known.get(`${request.method} ${request.url}`)
      void (found ? answer(request, response, () => found) : serve(request, response))
    },
  )
  http.on('clientError', refuseSocket)

  return {
    listen: (port, host) => listen(http, port, host),
    async close(limitMs) {
      isClosing = true
      closing.abort()
      const closed = new Promise<void>((resolve) => http.close(() => resolve()))
      // A connection falls idle when its last answer has left: it must not keep the server open.
      const sweep = setInterval(() => http.closeIdleConnections(), 20)
      const deadline = setTimeout(() => {
        gateway.abort(
          new GatewayError('shutting_down', 'The gateway stops.', { retryAfterMs: 1000 }),
        )
        setTimeout(() => http.closeAllConnections(), 1000).unref()
      }, limitMs)
      await closed
      clearInterval(sweep)
      clearTimeout(deadline)
    },
  }
}

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : url.slice(at))
}

/** The caller, when its key may do this. Throws 403. */
function admit(caller: Caller, access: Exclude<Route['access'], 'public'>): Caller {
  if (caller.scopes.includes(access) || caller.scopes.includes('operator')) return caller
  throw new GatewayError(
    'insufficient_scope',
    `This key may not do this: it lacks the scope "${access}".`,
    { details: { required_scope: access } },
  )
}

function listen(http: HttpServer, port: number, host: string): Promise<{ port: number }> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen({ port, host, backlog: LONGEST_BACKLOG }, () => {
      http.off('error', reject)
      resolve({ port: (http.address() as AddressInfo).port })
    })
  })
}
