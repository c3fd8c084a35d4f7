import {
  Client,
  StreamableHTTPClientTransport,
  type ClientOptions,
  type RequestOptions,
} from '@modelcontextprotocol/client'

/** The revisions that a client of the gateway may speak. */
export const ERAS = ['2025-11-25', '2026-07-28'] as const
export type Era = (typeof ERAS)[number]

export interface TestClient extends AsyncDisposable {
  readonly client: Client
  readonly transport: StreamableHTTPClientTransport
}

export interface TestClientOptions extends ClientOptions {
  readonly headers?: Record<string, string>
  readonly fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** Wires the client before it connects: what it answers and hears. */
  readonly prepare?: (client: Client) => void
}

/** Connects a client of SDK v2. `await using` closes it. */
export async function connectClient(
  era: Era,
  url: string,
  { headers, fetch, prepare, ...options }: TestClientOptions = {},
): Promise<TestClient> {
  const client = new Client(
    { name: 'test-client', version: '1.0.0' },
    { ...options, versionNegotiation: { mode: era === '2026-07-28' ? 'auto' : 'legacy' } },
  )
  prepare?.(client)
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    ...(headers ? { requestInit: { headers } } : {}),
    ...(fetch ? { fetch } : {}),
  })
  await client.connect(transport)
  return { client, transport, [Symbol.asyncDispose]: () => client.close() }
}

/** The text of a tool's answer. */
export async function callText(
  client: Client,
  name: string,
  args: Record<string, unknown> = {},
  options?: RequestOptions,
): Promise<string> {
  const result = await client.callTool({ name, arguments: args }, options)
  const [first] = result.content
  return first?.type === 'text' ? first.text : JSON.stringify(result)
}
