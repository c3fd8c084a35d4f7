import { ofKind } from '../messages.ts'

/** How often each thing is done; medians count. */
export interface McpPlan {
  readonly calls: number
  readonly lists: number
}

/** Servers with tools of their own in the gateway, and how many tools each has. */
export const SERVERS = 50
export const TOOLS_OF_EACH = 20
/** How long the gateway waits for a server that does not answer. */
export const CONNECT_LIMIT_MS = 1_000

/** The child is told to measure. */
export interface MeasureMcp extends McpPlan {
  readonly kind: 'measure-mcp'
  /** `http://127.0.0.1:1234`, without a path. */
  readonly gateway: string
  /** With its path. */
  readonly server: string
  readonly key: string
}

/** What MCP through the gateway costs, in milliseconds. */
export interface McpCosts {
  readonly kind: 'mcp-costs'
  /** The first list of all tools, while one server does not answer. */
  readonly firstListMs: number
  /** The slowest of all lists after it. */
  readonly slowestListMs: number
  readonly listP50Ms: number
  /** A call made directly, and what the gateway adds to it: with 2026-07-28, and in a session of 2025-11-25. */
  readonly directP50Ms: number
  readonly addedP50Ms: number
  readonly directSessionP50Ms: number
  readonly addedSessionP50Ms: number
}

/** What the server of the benchmark listens on, beside a port that takes connections and is silent. */
export interface McpListening {
  readonly kind: 'mcp-listening'
  readonly port: number
  readonly silentPort: number
}

export const isMeasureMcp = ofKind<MeasureMcp>('measure-mcp')
export const isMcpCosts = ofKind<McpCosts>('mcp-costs')
export const isMcpListening = ofKind<McpListening>('mcp-listening')
