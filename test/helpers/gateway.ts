import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { definePlugin, type PluginEntry, type UsageRecord } from '#core'

import type { Database } from '../../core/database.ts'
import { createGateway, type Gateway, type GatewaySettings } from '../../core/gateway.ts'
import { createLogger } from '../../core/logger.ts'
import { checkOptions } from '../../core/options.ts'
import { createServer } from '../../core/server.ts'
import { lateTestDatabase } from './database.ts'

export interface TestGateway extends AsyncDisposable {
  /** `http://127.0.0.1:1234` */
  readonly url: string
  readonly gateway: Gateway
  /** The usage records so far, in the order in which the exchanges ended. */
  readonly records: readonly UsageRecord[]
  /** The lines of the log so far. */
  readonly logs: readonly string[]
  /** Resolves when this many exchanges have ended. */
  ended(count: number): Promise<void>
  get(path: string, headers?: Record<string, string>): Promise<TestAnswer>
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<TestAnswer>
  chat(body: object, headers?: Record<string, string>): Promise<TestAnswer>
  stop(): Promise<void>
}

export interface TestAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON of the answer, or undefined. */
  readonly body: any
}

export interface TestGatewayParts {
  readonly plugins: readonly PluginEntry[]
  readonly settings?: GatewaySettings
  /** Without one, plugins that need a database get an empty one of their own. */
  readonly database?: Database
  readonly environment?: Record<string, string | undefined>
  readonly dataFolder?: string
}

/** A gateway and the upstream behind it, which is stopped after it. */
export interface GatewayAnd<Upstream> extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly upstream: Upstream
}

/** A gateway in front of an upstream that runs already. */
export async function startBefore<Upstream extends AsyncDisposable>(
  upstream: Upstream,
  parts: TestGatewayParts,
): Promise<GatewayAnd<Upstream>> {
  const gateway = await startGateway(parts)
  return {
    gateway,
    upstream,
    async [Symbol.asyncDispose]() {
      await gateway.stop()
      await upstream[Symbol.asyncDispose]()
    },
  }
}

/** A running gateway with the given plugins on a free port. `await using` stops it. */
export async function startGateway(parts: TestGatewayParts): Promise<TestGateway> {
  const dataFolder = parts.dataFolder ?? mkdtempSync(join(tmpdir(), 'tapgate-test-'))
  const database = parts.database ?? lateTestDatabase()
  const logs: string[] = []
  const stream = new Writable({
    write(line, _encoding, done) {
      logs.push(String(line))
      done()
    },
  })
  const records: UsageRecord[] = []
  let onRecord: (() => void) | undefined
  const recorder = definePlugin({
    name: 'recorder',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({
      hooks: {
        usage(record) {
          records.push(record)
          onRecord?.()
        },
      },
    }),
  })
  const gateway = createGateway({
    plugins: [...parts.plugins, recorder()].map((entry) => {
      const { options, problems } = checkOptions(entry)
      if (problems.length > 0) throw new Error(JSON.stringify(problems))
      return { plugin: entry.plugin, options }
    }),
    settings: parts.settings ?? {},
    log: createLogger('debug', stream),
    database,
    dataFolder,
    environment: parts.environment ?? {},
  })
  await gateway.start()
  const server = createServer(gateway)
  const { port } = await server.listen(0, '127.0.0.1')
  const url = `http://127.0.0.1:${port}`

  async function send(path: string, init: RequestInit): Promise<TestAnswer> {
    const response = await fetch(url + path, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: tryJson(text) }
  }
  function post(path: string, body: unknown, headers = {}): Promise<TestAnswer> {
    return send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopped ??= (async () => {
      await server.close(1000)
      await gateway.stop()
      if (!parts.dataFolder) rmSync(dataFolder, { recursive: true, force: true })
    })())

  return {
    url,
    gateway,
    records,
    logs,
    post,
    stop,
    get: (path, headers = {}) => send(path, { headers }),
    chat: (body, headers) => post('/v1/chat/completions', body, headers),
    async ended(count) {
      while (records.length < count) {
        await new Promise<void>((resolve) => {
          onRecord = resolve
        })
      }
    },
    [Symbol.asyncDispose]: stop,
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A chat request with one message of the user. */
export function say(model: string, content: string, more: object = {}): object {
  return { model, messages: [{ role: 'user', content }], ...more }
}

/** The events of a stream's text: the data of each, JSON where it is. */
export function eventsOf(text: string): any[] {
  return text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: '))
    .map((frame) => tryJson(frame.slice(6)) ?? frame.slice(6))
}
