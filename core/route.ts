import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import type { Caller } from './caller.ts'
import type { GatewayError } from './errors.ts'

/** An HTTP route of a plugin. */
export type Route = JsonRoute | RawRoute

/** What `handle` returns is sent as JSON, a `JsonText` as it is. */
export interface JsonRoute extends RouteAddress {
  handle(call: RouteCall): unknown
}

/** A route that speaks a protocol of its own, streams included: it reads the request and answers it. */
export interface RawRoute extends RouteAddress {
  serve(call: RawCall): Promise<void>
  /** Further headers of the answer when it failed before it answered, such as `www-authenticate`. */
  errorHeaders?(fault: GatewayError, request: IncomingMessage): Readonly<Record<string, string>>
}

export interface RouteAddress {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As @koa/router writes it: `/api/keys/:id`, `/v1/models/*model`. */
  readonly path: `/${string}`
  /** The scope a key needs. There is no default, so no route is open by accident. */
  readonly access: 'public' | 'read' | 'write' | 'admin' | 'operator'
  readonly summary: string
}

/** What a raw route is told. */
export interface RawCall extends RouteCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The gateway is about to stop: an answer that only waits for something to tell is ended. */
  readonly closing: AbortSignal
}

/** What a route is told. */
export interface RouteCall {
  readonly requestId: string
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The port of the gateway that the request came to. */
  readonly localPort: number | undefined
  /** Absent on public routes. */
  readonly caller: Caller | undefined
  readonly signal: AbortSignal
  /** Reads and parses the JSON body; an empty one is `{}`. Throws a GatewayError (400, 413). */
  json(): Promise<unknown>
}

/** An answer with a status or headers of its own. */
export class Reply {
  readonly status: number
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    this.status = status
    this.body = body
    this.headers = headers
  }
}

/** JSON that is written already: a long list, piece by piece, so that nobody is held up by it. */
export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}
