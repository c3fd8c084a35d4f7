import { createMcpHandler, InMemoryServerEventBus } from '@modelcontextprotocol/server'

import { GatewayError } from '#core'

import { clientKey } from './client-key.ts'
import { wantedResources, type MessageCall } from './client-message.ts'
import { describe } from './description.ts'
import { createLinks, type Links } from './links.ts'
import { createProtocolServer } from './protocol-server.ts'
import { toServerEvent } from './server-event.ts'
import { createView } from './view.ts'
import { originOf, sendWebResponse, toWebRequest } from './web-exchange.ts'

/** The open streams of `subscriptions/listen` (2026-07-28). */
export interface Listening {
  /** Tells the client of changes until it leaves, the gateway stops, or the stream is old. */
  serve(from: MessageCall): Promise<void>
}

/** The key of a client that listens is read again from time to time: it comes back and goes on. */
const LONGEST_STREAM_MS = 30 * 60_000
const MOST_STREAMS = 10_000
const MOST_STREAMS_OF_ONE = 200

export function createListening(version: string): Listening {
  const open = new Map<string, number>()
  let all = 0

  function count(client: string, change: 1 | -1): void {
    all += change
    const own = (open.get(client) ?? 0) + change
    if (own === 0) open.delete(client)
    else open.set(client, own)
  }

  return {
    async serve(from) {
      const { call, message, caller, scope } = from
      const client = clientKey(caller)
      if (all >= MOST_STREAMS || (open.get(client) ?? 0) >= MOST_STREAMS_OF_ONE) {
        throw new GatewayError('overloaded', 'Too many streams are open.', { retryAfterMs: 10_000 })
      }
      count(client, 1)
      const bus = new InMemoryServerEventBus()
      const links = createLinks(() => ({
        caller,
        signal: call.signal,
        notify(notification) {
          const event = toServerEvent(notification)
          if (event) bus.publish(event)
        },
      }))
      try {
        const description = await describe(scope, links, version)
        const handler = createMcpHandler(
          // It hears of changes; it is asked nothing.
          () => createProtocolServer(description, undefined),
          { legacy: 'reject', bus },
        )
        await subscribe(from, links)
        const answer = await handler.fetch(toWebRequest(call), { parsedBody: message })
        const end = (): void => void handler.close()
        const tooOld = setTimeout(end, LONGEST_STREAM_MS)
        for (const signal of [call.signal, call.closing]) {
          signal.addEventListener('abort', end, { once: true })
          if (signal.aborted) end()
        }
        await sendWebResponse(answer, call).finally(() => {
          clearTimeout(tooOld)
          call.closing.removeEventListener('abort', end)
        })
      } finally {
        links.release()
        count(client, -1)
      }
    },
  }
}

/** Has the servers tell of the resources that are listened for; what nobody has never changes. */
async function subscribe({ call, message, scope }: MessageCall, links: Links): Promise<void> {
  const wanted = wantedResources(message)
  if (wanted.length === 0) return
  const view = createView(scope, links)
  const passage = {
    signal: call.signal,
    origin: originOf(call),
    params: {},
    takesInputRequired: false,
    notify: () => undefined,
  }
  await Promise.allSettled(
    wanted.map((uri) => view.ofResource('resources/subscribe', uri, passage)),
  )
}
