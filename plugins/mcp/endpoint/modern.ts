import { createMcpHandler } from '@modelcontextprotocol/server'

import { declaredCapabilities, type MessageCall } from './client-message.ts'
import { describe, EVERYTHING } from './description.ts'
import { logLevelOf } from './envelope.ts'
import { createLinks } from './links.ts'
import type { Listening } from './listening.ts'
import { serveModernRequest, type ModernRequestParts } from './modern-request.ts'
import { createProtocolServer } from './protocol-server.ts'
import { sendWebResponse, toWebRequest } from './web-exchange.ts'

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
  try {
    const isDiscovery = message.method === 'server/discover'
    const info = { name: scope.name ?? 'tapgate', version: parts.version }
    const description = isDiscovery
      ? await describe(scope, links, parts.version)
      : { info, capabilities: EVERYTHING, instructions: undefined }
    const handler = createMcpHandler(
      () =>
        createProtocolServer({
          scope,
          links,
          description,
          method: String(message.method),
          logLevel: logLevelOf,
          serve: (incoming) => serveModernRequest(incoming, { caller, scope, ...parts }),
        }),
      { legacy: 'reject' },
    )
    const close = (): void => void handler.close()
    call.signal.addEventListener('abort', close, { once: true })
    await sendWebResponse(await handler.fetch(toWebRequest(call), { parsedBody: message }), call)
    // What has answered has closed itself.
    call.signal.removeEventListener('abort', close)
  } finally {
    links.release()
  }
}
