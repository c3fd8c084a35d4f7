import type { IncomingHttpHeaders } from 'node:http'

import {
  classifyInboundRequest,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server'

import { ANYBODY, GatewayError, type PluginHost, type RawCall, type RawRoute } from '#core'

import { createAddressCheck, type AllowedAddresses } from './addresses.ts'
import { createAskLanes } from './ask-lanes.ts'
import { isOfModernRevision, type ClientMessage, type EndpointCall } from './client-message.ts'
import { createListening } from './listening.ts'
import { serveModern } from './modern.ts'
import { createOldSse } from './old-sse.ts'
import { createParkedCalls } from './parked-calls.ts'
import { toProtocolError } from './protocol-fault.ts'
import { sendRpcError } from './rpc-error.ts'
import { createScope } from './scope.ts'
import type { SessionLimits } from './sessions.ts'
import { readSessionCall } from './straight-call.ts'
import { createStreamable } from './streamable.ts'

export interface EndpointOptions extends AllowedAddresses, SessionLimits {}

type Serve = RawRoute['serve']

/** What the routes of the endpoint do. */
export interface Endpoint {
  /** A message of any revision. */
  readonly post: Serve
  readonly listen: Serve
  readonly remove: Serve
  readonly openSse: Serve
  readonly postToSse: Serve
  readonly stop: () => Promise<void>
}

const SWEEP_MS = 30_000

/** Serves until it is stopped. */
export function createEndpoint(
  host: Pick<PluginHost<unknown>, 'mcp' | 'log'>,
  options: EndpointOptions,
  version: string,
): Endpoint {
  const checkAddress = createAddressCheck(options)
  const streamable = createStreamable(options, version)
  const oldSse = createOldSse(options, version)
  const parkedCalls = createParkedCalls()
  const modern = {
    parkedCalls,
    lanes: createAskLanes(),
    listening: createListening(version),
    version,
  }
  const sweep = setInterval(() => streamable.sweep(), SWEEP_MS).unref()

  function enter(call: RawCall): EndpointCall {
    checkAddress(call.headers)
    const caller = call.caller ?? ANYBODY
    const name = call.params['server']
    if (name !== undefined) host.mcp.get(name, caller.projectId)
    return { call, caller, scope: createScope(host.mcp, caller, name) }
  }

  async function readMessage(call: RawCall): Promise<ClientMessage> {
    const type = call.headers['content-type']
    if (type?.split(';')[0]?.trim().toLowerCase() !== 'application/json') {
      const message = 'The body must be JSON: send "content-type: application/json".'
      throw new GatewayError('unsupported_media_type', message)
    }
    const message = await call.json()
    if (typeof message !== 'object' || message === null) {
      throw new ProtocolError(ProtocolErrorCode.InvalidRequest, 'This is no JSON-RPC message.')
    }
    return message
  }

  /** Faults after the address check are told as JSON-RPC, with the status of HTTP that fits. */
  async function answering(
    call: RawCall,
    serve: (read: () => Promise<ClientMessage>) => Promise<void>,
  ): Promise<void> {
    let id: string | number | null = null
    try {
      await serve(async () => {
        const message = await readMessage(call)
        if (typeof message.id === 'string' || typeof message.id === 'number') id = message.id
        return message
      })
    } catch (fault) {
      if (call.response.headersSent || call.response.destroyed) throw fault
      const { code, message, data } = toProtocolError(fault, call.requestId)
      const status = statusOf(fault)
      if (status === 500)
        host.log.error('The MCP endpoint failed.', {
          request: call.requestId,
          stack: stackOf(fault),
        })
      sendRpcError(call, status, { code, message, data }, id)
    }
  }

  return {
    post: (call) =>
      answering(call, async (read) => {
        const from = enter(call)
        const message = await read()
        if (isLegacy(message, call.headers)) return streamable.post({ ...from, message })
        return serveModern({ ...from, message }, modern)
      }),
    listen: (call) => answering(call, () => streamable.listen(enter(call))),
    remove: (call) => answering(call, () => streamable.remove(enter(call))),
    openSse: (call) => answering(call, () => oldSse.open(enter(call))),
    postToSse: (call) =>
      answering(call, async (read) => {
        const from = enter(call)
        return oldSse.post({ ...from, message: await read() })
      }),
    async stop() {
      clearInterval(sweep)
      parkedCalls.close()
      await Promise.all([streamable.close(), oldSse.close()])
    },
  }
}

/** What says with itself which revision it is of, or is plainly of a session, needs no closer look. */
function isLegacy(message: ClientMessage, headers: IncomingHttpHeaders): boolean {
  if (isOfModernRevision(message)) return false
  if (readSessionCall(message, headers)) return true
  const route = classifyInboundRequest({
    httpMethod: 'POST',
    body: message,
    ...header('protocolVersionHeader', headers['mcp-protocol-version']),
    ...header('mcpMethodHeader', headers['mcp-method']),
    ...header('mcpNameHeader', headers['mcp-name']),
  })
  return route.kind === 'legacy'
}

function header<Name extends string>(
  name: Name,
  value: string | string[] | undefined,
): { [key in Name]?: string } {
  return (typeof value === 'string' ? { [name]: value } : {}) as { [key in Name]?: string }
}

function statusOf(fault: unknown): number {
  if (fault instanceof GatewayError) return fault.status
  return fault instanceof ProtocolError ? 400 : 500
}

function stackOf(fault: unknown): string | undefined {
  const cause = fault instanceof GatewayError ? fault.cause : fault
  return cause instanceof Error ? cause.stack : undefined
}
