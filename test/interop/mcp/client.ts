/**
 * The client under test of the conformance suite's client mode: a gateway whose upstream is the
 * suite's server. Everything goes the way of a real call, consent in a browser included.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'

import type { ElicitRequestFormParams, Result } from '@modelcontextprotocol/client'

import {
  ANYBODY,
  definePlugin,
  GatewayError,
  type McpAuth,
  type McpDirectory,
  type McpLink,
  type McpPeer,
  type McpRequest,
  type McpToolCall,
} from '#core'
import { mcpAuthorization } from '#plugins/mcp/authorization'
import { mcp } from '#plugins/mcp/mcp'

import { createDatabase } from '../../../core/database.ts'
import { createGateway } from '../../../core/gateway.ts'
import { createLogger } from '../../../core/logger.ts'
import { checkOptions } from '../../../core/options.ts'
import { createServer } from '../../../core/server.ts'
import { sampleOf } from './sample-of.ts'

const SERVER = 'conformance'
/** What the suite expects of a client that has a document of its own. */
const METADATA_URL = 'https://conformance-test.local/client-metadata.json'
const MOST_CONSENTS = 3
/** Generous, for the scenarios run on busy machines. */
const LONGEST_CALL_MS = 60_000

const url = process.argv.at(-1) ?? ''
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? ''
/** What the suite tells the client of some scenarios. */
interface Context {
  readonly client_id?: string
  readonly client_secret?: string
  readonly private_key_pem?: string
  readonly issuer?: string
  readonly toolCalls?: readonly McpToolCall[]
}
const context: Context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}')

function authOf(): McpAuth {
  const {
    client_id: clientId,
    client_secret: clientSecret,
    private_key_pem: privateKey,
    issuer,
  } = context
  if (!scenario.startsWith('auth/')) return { type: 'none' }
  if (clientId !== undefined && scenario.startsWith('auth/client-credentials')) {
    const secret = privateKey === undefined ? { clientSecret } : { privateKey }
    return { type: 'client_credentials', clientId, ...secret } as McpAuth
  }
  return {
    type: 'oauth',
    clientMetadataUrl: METADATA_URL,
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(issuer === undefined ? {} : { expectedIssuer: issuer }),
  }
}

let directory: McpDirectory | undefined
const reader = definePlugin({
  name: 'reader',
  schema: { type: 'object', additionalProperties: false },
  setup(host) {
    directory = host.mcp
    return {}
  },
})

/** Waits for a turn, for the scenarios begin all at once; it lasts until this process ends. */
async function waitForPlace(): Promise<string> {
  const { body } = await fetch(process.env['CONFORMANCE_PLACES'] ?? '')
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) return chunk.trim()
  throw new Error('There is no place for this client.')
}

const databaseUrl = await waitForPlace()
const dataFolder = mkdtempSync(join(tmpdir(), 'tapgate-conformance-client-'))
const entries = [
  mcp.http({ name: SERVER, url, auth: authOf(), connectTimeoutMs: LONGEST_CALL_MS }),
  mcpAuthorization(),
  reader(),
]
const gateway = createGateway({
  plugins: entries.map((entry) => ({ plugin: entry.plugin, options: checkOptions(entry).options })),
  settings: {},
  log: createLogger('warn'),
  database: createDatabase({ url: databaseUrl, folder: '' }),
  dataFolder,
  environment: {},
})
await gateway.start()
const server = createServer(gateway)
const { port } = await server.listen(0, '127.0.0.1')
const address = `http://127.0.0.1:${port}`

/** Consents, as a person with a browser does. */
async function consent(): Promise<void> {
  const begun = await fetch(`${address}/api/mcp/servers/${SERVER}/authorize`, { method: 'POST' })
  const answer = (await begun.json()) as { authorization_url: string }
  if (!begun.ok) throw new Error(`Nothing to consent to: ${JSON.stringify(answer)}`)
  const sent = await fetch(answer.authorization_url, { redirect: 'manual' })
  const page = await fetch(sent.headers.get('location') ?? '')
  if (!page.ok) throw new Error(`Not authorized: ${await page.text()}`)
}

let consents = 0
/** Does it, and again after consent where that was missing. */
async function withConsent<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isMissing = error instanceof GatewayError && error.code === 'mcp_authorization_required'
    if (!isMissing || consents >= MOST_CONSENTS) throw error
    consents++
    await consent()
    return withConsent(work)
  }
}

/** A client that takes what it is offered: forms are sent back with their defaults. */
const peer: McpPeer = {
  caller: ANYBODY,
  sessionId: 'conformance',
  capabilities: { elicitation: { form: {} }, sampling: {}, roots: {} },
  async ask(request: McpRequest): Promise<Result> {
    const form = request.params as unknown as ElicitRequestFormParams
    return { action: 'accept', content: sampleOf(form.requestedSchema, 'defaults') as never }
  },
}

/** Here the client gives back the schema that it was given. */
const isAboutSchemas = scenario.startsWith('json-schema-2020-12')

/** Calls what the suite says, or each tool once with arguments that fit it. */
async function exercise(link: McpLink): Promise<void> {
  const tools = await withConsent(() => link.tools())
  const [first] = tools
  const calls =
    context.toolCalls ??
    tools.map(({ name, inputSchema }) => ({
      name,
      arguments: isAboutSchemas
        ? { schema: first?.inputSchema }
        : (sampleOf(inputSchema) as Record<string, unknown>),
    }))
  for (const call of calls) {
    const signal = AbortSignal.timeout(LONGEST_CALL_MS)
    await withConsent(() => link.callTool(call, { signal })).catch((error: unknown) => {
      process.stderr.write(`${call.name}: ${String(error)}\n`)
    })
  }
}

try {
  const link = await withConsent(async () =>
    (directory as McpDirectory).get(SERVER, '').connect(peer),
  )
  await exercise(link)
  link.release()
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`)
  process.exitCode = 1
} finally {
  await server.close(1_000)
  await gateway.stop()
  rmSync(dataFolder, { recursive: true, force: true })
}
