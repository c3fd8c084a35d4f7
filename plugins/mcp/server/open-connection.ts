import { isAbsolute, resolve } from 'node:path'

import type { ClientCapabilities, PriorDiscovery, Transport } from '@modelcontextprotocol/client'
import type { Agent } from 'undici'

import type { Logger, McpAuthProvider } from '#core'

import type { Connection, ConnectionEvents } from './connection.ts'
import type { McpServerDefinition } from './definition.ts'
import { createErrorOutput } from './error-output.ts'
import { HttpTransport, SseTransport } from './http-transport.ts'
import { openInMemory } from './in-memory.ts'
import { DEFAULT_MAX_RESULT_BYTES } from './policy.ts'
import { openSdkConnection, type SdkConnection } from './sdk-connection.ts'
import { createServerHttp } from './server-http.ts'
import { StdioTransport } from './stdio-transport.ts'

export interface OpenParts {
  readonly definition: McpServerDefinition
  /** Ends the opening. */
  readonly signal: AbortSignal
  /** For servers over HTTP. */
  readonly agent: Agent | undefined
  readonly authProvider: McpAuthProvider | undefined
  readonly folder: string
  readonly capabilities: ClientCapabilities
  readonly events: ConnectionEvents
  readonly connectTimeoutMs: number
  readonly log: Logger
}

export type Opener = (parts: OpenParts) => Promise<Connection>

/** What a server was found to speak is believed for this long. */
const VERDICT_MS = 3_600_000
const MIN_MESSAGE_BYTES = 4 * 1024 * 1024

/** Opens connections to one server, and remembers between them which revision it speaks. */
export function createOpener(): Opener {
  let prior: PriorDiscovery | undefined
  let priorUntil = 0

  async function connect(
    parts: OpenParts,
    known: PriorDiscovery | undefined,
  ): Promise<SdkConnection> {
    const { capabilities, events, connectTimeoutMs, log, signal } = parts
    const transport = createTransport(parts)
    const open = openSdkConnection({
      transport,
      prior: known,
      connectTimeoutMs,
      capabilities,
      events,
      log,
    })
    try {
      return await withinLimit(open, connectTimeoutMs, signal)
    } catch (error) {
      // Nothing of a connection that failed stays behind.
      void open.then((late) => late.close()).catch(() => undefined)
      await transport.close().catch(() => undefined)
      throw error
    }
  }

  return async (parts) => {
    const { transport } = parts.definition
    if (transport.type === 'in-memory') return openInMemory(transport)
    const known = Date.now() < priorUntil ? prior : undefined
    let opened: SdkConnection
    try {
      opened = await connect(parts, known)
    } catch (error) {
      prior = undefined
      // A server that knew another revision before, or one that ends when it is asked for the new one.
      const again = known ? undefined : ({ kind: 'legacy' } as const)
      const isWorthIt = known ? true : transport.type === 'stdio' && hasEnded(error)
      if (!isWorthIt || parts.signal.aborted) throw error
      opened = await connect(parts, again)
    }
    prior = opened.verdict
    priorUntil = Date.now() + VERDICT_MS
    return {
      ...opened,
      unlearn() {
        prior = undefined
      },
    }
  }
}

function createTransport(parts: OpenParts): Transport {
  const { definition, agent, authProvider, folder, log } = parts
  const { name, transport, maxResultBytes = DEFAULT_MAX_RESULT_BYTES } = definition
  const maxMessageBytes = Math.max(MIN_MESSAGE_BYTES, 2 * maxResultBytes)
  if (transport.type === 'in-memory') throw new TypeError('Tools in memory need no transport.')
  if (transport.type === 'stdio') {
    const { command, args = [], env = {}, cwd = folder } = transport
    return new StdioTransport({
      command,
      args,
      env,
      cwd: isAbsolute(cwd) ? cwd : resolve(folder, cwd),
      maxMessageBytes,
      wroteError: createErrorOutput(log, env),
    })
  }
  if (!agent) throw new TypeError('A server over HTTP needs an agent.')
  const http = createServerHttp({ server: name, agent, maxMessageBytes })
  const options = {
    fetch: http.fetch,
    requestInit: { headers: { ...transport.headers } },
    ...(authProvider && { authProvider }),
  }
  const url = new URL(transport.url)
  if (transport.type === 'sse') return new SseTransport(url, options)
  // Who is authorized may have to be so anew in the middle of a request: that is the SDK's.
  return new HttpTransport(url, options, authProvider ? undefined : http)
}

async function withinLimit<T>(
  opening: Promise<T>,
  limitMs: number,
  signal: AbortSignal,
): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const late = (): void => reject(new Error(`It did not answer within ${limitMs} ms.`))
  const leave = (): void => reject(new Error('Nobody needs it any more.'))
  const timer = setTimeout(late, limitMs)
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([opening, over])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', leave)
  }
}

function hasEnded(error: unknown): boolean {
  return error instanceof Error && /closed|not run|EPIPE/i.test(error.message)
}
