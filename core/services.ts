import type { IncomingHttpHeaders } from 'node:http'

import type { Caller } from './caller.ts'
import type { ExplainEntry } from './explain.ts'
import type { SamplePage, SamplePlace } from './live-metrics/sharing.ts'
import type { McpCredentials } from './mcp-credentials.ts'
import type { RecordedExchange, RecordedQuery } from './recorded.ts'
import type { Sandbox } from './sandbox.ts'
import type { ToolSource } from './tool-source.ts'

/** Contracts that one plugin fills and any may use. */
export interface Services {
  readonly accounts: Accounts
  readonly ledger: Ledger
  readonly routers: Routers
  readonly counters: Counters
  /** Used by the core, for `mcp_servers` in a chat request. */
  readonly tools: ToolSource
  /** Runs code of strangers. */
  readonly sandbox: Sandbox
  /** Optional for its users: servers that ask for no authorization work without. */
  readonly mcpCredentials: McpCredentials
}

/** Knows who sends a request. */
export interface Accounts {
  /** The caller, at once for a key that was seen before. Throws a GatewayError (401) otherwise. */
  identify(headers: IncomingHttpHeaders): Caller | Promise<Caller>
  /**
   * The id of the project with this id or name, of the default one without: for the command line.
   * Throws a SetupError when it is not exactly one.
   */
  projectId?(idOrName?: string): Promise<string>
}

/** Keeps a row of every exchange, and what was said in it. */
export interface Ledger {
  /** Resolves when what the usage hook was given until now is safe from a crash; undefined when it is. */
  committed(): Promise<void> | undefined
  /** Resolves when what the usage hook was given until now is in the database. Throws when it is away. */
  flush(): Promise<void>
  /** The explain record of a request of this project, where it was kept. */
  explain(requestId: string, projectId: string): Promise<readonly ExplainEntry[] | undefined>
  /**
   * The requests of callers, none of the gateway's own, in the order in which they arrived: read
   * page by page while they are asked for. For trying routers and guards on real traffic.
   */
  recorded(query: RecordedQuery): AsyncIterable<RecordedExchange>
  /** What other gateways recorded after the place, of all projects, for the live metrics. */
  samples?(after: SamplePlace | undefined): Promise<SamplePage>
}

/** Knows the types of routers. */
export interface Routers {
  /**
   * Checks a router as a request could bring it, without running it. Throws a GatewayError whose
   * `param` begins with the given one: 400, or 404 for a model that the project does not have.
   */
  check(router: unknown, param: string, projectId?: string): void
}

/** Counts that all gateways keep together which share a database. Each call is a round trip. */
export interface Counters {
  /** Adds 1 unless more than `limit` would be used then. `used` is what is used afterwards. */
  take(count: Count, limit: number): Promise<{ readonly used: number; readonly isTaken: boolean }>
  add(count: Count, amount: number): Promise<void>
  used(count: Count): Promise<number>
}

/** What is counted: something of a project, for one entity, in one span of time. */
export interface Count {
  readonly projectId: string
  readonly name: string
  readonly entity: string
  readonly since: Date
  /** When it may be forgotten; null for what is counted for ever. */
  readonly until: Date | null
}

/** Which plugin to add when nobody fills a service. */
export const SERVICE_HINTS: { readonly [Name in keyof Services]: string } = {
  accounts: 'accounts() from #plugins/access/accounts',
  ledger: 'ledger() from #plugins/usage/ledger',
  routers: 'routers() from #plugins/routing/routers',
  counters: 'counters() from #plugins/usage/counters',
  tools: 'chatTools() from #plugins/mcp/chat-tools',
  sandbox: 'routers() from #plugins/routing/routers',
  mcpCredentials: 'mcpAuthorization() from #plugins/mcp/authorization',
}
