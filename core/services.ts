import type { IncomingHttpHeaders } from 'node:http'

import type { Caller } from './exchange.ts'
import type { ExplainEntry } from './explain.ts'
import type { RecordedExchange, RecordedQuery } from './recorded.ts'

/** Contracts that one plugin fills and any may use. */
export interface Services {
  readonly accounts: Accounts
  readonly ledger: Ledger
}

/** Knows who sends a request. */
export interface Accounts {
  /** The caller, at once for a key that was seen before. Throws a GatewayError (401) otherwise. */
  identify(headers: IncomingHttpHeaders): Caller | Promise<Caller>
}

/** Keeps a row of every exchange, and what was said in it. */
export interface Ledger {
  /** Resolves when what the usage hook was given until now is safe from a crash; undefined when it is. */
  committed(): Promise<void> | undefined
  /** The explain record of a request of this project, where it was kept. */
  explain(requestId: string, projectId: string): Promise<readonly ExplainEntry[] | undefined>
  /**
   * The requests of callers, none of the gateway's own, in the order in which they arrived: read
   * page by page while they are asked for. For trying routers and guards on real traffic.
   */
  recorded(query: RecordedQuery): AsyncIterable<RecordedExchange>
}

/** Which plugin to add when nobody fills a service. */
export const SERVICE_HINTS: { readonly [Name in keyof Services]: string } = {
  accounts: 'accounts() from #plugins/access/accounts',
  ledger: 'ledger() from #plugins/usage/ledger',
}
