import { createMcpHandler, type Result } from '@modelcontextprotocol/server'

import { createPlainAnswer } from './call-answer.ts'
import { declaredCapabilities, type MessageCall } from './client-message.ts'
import { describe, EVERYTHING } from './description.ts'
import { logLevelOf } from './envelope.ts'
import { createLinks } from './links.ts'
import type { Listening } from './listening.ts'
import { serveModernRequest, type ModernRequestParts } from './modern-request.ts'
import { createProtocolServer } from './protocol-server.ts'
import { createRequestService, type RequestService } from './request-service.ts'
import { serveStraight, toModernResult } from './serve-straight.ts'
import { readModernCall, type StraightCall } from './straight-call.ts'
import { withText } from './text-of-value.ts'
import { originOf, sendWebResponse, toWebRequest } from './web-exchange.ts'

export interface ModernParts extends Pick<ModernRequestParts, 'lanes' | 'parkedCalls'> {
  readonly listening: Listening
  readonly version: string
}

/** Serves a message of 2026-07-28: it says all about its client itself, and leaves nothing behind. */
export async function serveModern(from: MessageCall, parts: ModernParts): Promise<void> {
  const { call, message, caller, scope } = from
  if (message.method === 'subscriptions/listen') return parts.listening.serve(from)
  const capabilities = declaredCapabilities(message)
  const links = createLinks(() => ({
    caller,
    signal: call.signal,
    ...(capabilities ? { capabilities } : {}),
  }))
  const service = createRequestService({
    scope,
    links,
    project: withText,
    logLevel: logLevelOf,
    serve: (incoming) => serveModernRequest(incoming, { caller, scope, ...parts }),
  })
  const info = { name: scope.name ?? 'tapgate', version: parts.version }
  try {
    const straight = readModernCall(message, call.headers)
    if (straight) return await answerStraight(from, straight, service, info)
    const isDiscovery = message.method === 'server/discover'
    const description = isDiscovery
      ? await describe(scope, links, parts.version)
      : { info, capabilities: EVERYTHING, instructions: undefined }
    // The SDK itself refuses what nobody serves.
    const served = service.knows(String(message.method)) ? service : undefined
    const handler = createMcpHandler(() => createProtocolServer(description, served), {
      legacy: 'reject',
    })
    const close = (): void => void handler.close()
    call.signal.addEventListener('abort', close, { once: true })
    await sendWebResponse(await handler.fetch(toWebRequest(call), { parsedBody: message }), call)
    // What has answered has closed itself.
    call.signal.removeEventListener('abort', close)
  } finally {
    links.release()
  }
}

async function answerStraight(
  { call }: MessageCall,
  { request, envelope }: StraightCall,
  service: RequestService,
  info: { readonly name: string; readonly version: string },
): Promise<void> {
  const answer = createPlainAnswer(call)
  const { _meta: meta } = request.params ?? {}
  const context = {
    origin: originOf(call),
    signal: call.signal,
    envelope,
    params: meta === undefined ? {} : { _meta: meta },
    async notify(told: object) {
      answer.tell({ jsonrpc: '2.0', ...told })
    },
    send: () => Promise.reject(new Error('A client of 2026-07-28 is not asked while it waits.')),
  }
  const toWire = (result: Result): Result => toModernResult(result, info)
  await serveStraight(service, { request, context, answer, toWire })
}
