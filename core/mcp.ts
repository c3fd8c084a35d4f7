import type {
  ClientCapabilities,
  GetPromptResult,
  Prompt,
  Resource,
  ResourceTemplateType,
  Result,
  ServerCapabilities,
  Tool,
} from '@modelcontextprotocol/client'

import type { Caller } from './caller.ts'
import type { Exchange } from './exchange.ts'
import type { McpProtectedServer } from './mcp-credentials.ts'
import type { ToolAnswer } from './tool-call.ts'

export type { Tool as McpTool }

/** How a server is reached. `virtual`: it is made of tools of others. */
export type McpTransportName = 'stdio' | 'http' | 'sse' | 'in-memory' | 'virtual'

/** How a server does at the moment. `idle`: nothing was asked of it yet. */
export interface McpStatus {
  readonly state: 'idle' | 'starting' | 'ready' | 'failed' | 'needs_authorization' | 'disabled'
  /** What is wrong, for a person. */
  readonly message?: string
  /** The revision that it was found to speak. */
  readonly protocolVersion?: string
  /** Epoch milliseconds, when it will be tried again. */
  readonly retryAt?: number
  readonly restarts?: number
}

/** One MCP server, as the gateway knows it. */
export interface McpServer {
  /** Lower-case letters, digits, `-` and single `_`: `server__tool` names a tool of an aggregate. */
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly transport: McpTransportName
  /** Who declared it: `config` can not be changed over the API. */
  readonly source: 'config' | 'api' | 'built-in'
  /** The project it belongs to; null: every project may use it. */
  readonly projectId: string | null
  /** What it asks for, when it asks for authorization: see `mcpCredentials`. */
  readonly protection?: McpProtectedServer
  status(): McpStatus
  /**
   * A link to it for one peer. Links are shared between peers wherever that can not be noticed.
   * Throws a GatewayError: `mcp_server_unavailable`, `mcp_authorization_required`.
   */
  connect(peer: McpPeer): Promise<McpLink>
}

/** On whose behalf a server is used, and what the client behind can do. */
export interface McpPeer {
  readonly caller: Caller
  /** Who the caller says it speaks for: authorizations of upstream servers are kept apart by it. */
  readonly user?: string
  /** The session of a client that can be asked back; links that ask back are not shared beyond it. */
  readonly sessionId?: string
  /** What the client can do for a server: sampling, elicitation, roots. None when absent. */
  readonly capabilities?: ClientCapabilities
  /** Asks the client, for a server of 2025 that asks while it works. */
  readonly ask?: (request: McpRequest, signal: AbortSignal) => Promise<Result>
  /** Takes what a server tells that belongs to no request: list changes, updates, log messages. */
  notify?(notification: McpNotification): void
  /** Ends the peer: its links are given back. */
  readonly signal?: AbortSignal
}

export interface McpRequest {
  readonly method: string
  readonly params?: Readonly<Record<string, unknown>>
}

export type McpNotification = McpRequest

/** Of one request: how to end it, and who hears what the server tells meanwhile. */
export interface McpRequestOptions {
  readonly signal: AbortSignal
  /** Progress and log messages that belong to this request. */
  notify?(notification: McpNotification): void
  /**
   * The client can answer `input_required` itself (2026-07-28): such a result is then given back as
   * it is. Otherwise the peer is asked, and the request sent again with its answers.
   */
  readonly takesInputRequired?: boolean
  /** Where a `request` belongs to that is run as tools are (`resources/read`, `prompts/get`). */
  readonly parent?: Exchange
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  readonly clientIp?: string | undefined
}

/** One call of a tool of a server, by the name that `tools()` gave it. */
export interface McpToolCall {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
  /** Further params of the wire: `_meta`, `inputResponses`, `requestState`. */
  readonly params?: Readonly<Record<string, unknown>>
  /** Where the call belongs to: its rows, spans and guards. */
  readonly parent?: Exchange
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  readonly clientIp?: string | undefined
}

/**
 * A connection to a server for one peer. Lists come whole (all pages), from the cache while they are
 * fresh, with the operator's policy applied: hidden tools are not there, renamed ones have their new
 * name. All throw a GatewayError when the server fails: `mcp_server_unavailable`, `mcp_timeout`,
 * `mcp_error` (the server's own JSON-RPC error in `details.mcp`).
 */
export interface McpLink {
  readonly capabilities: ServerCapabilities
  readonly instructions: string | undefined
  /** The revision that the server speaks. */
  readonly protocolVersion: string
  tools(signal?: AbortSignal): Promise<readonly Tool[]>
  prompts(signal?: AbortSignal): Promise<readonly Prompt[]>
  resources(signal?: AbortSignal): Promise<readonly Resource[]>
  resourceTemplates(signal?: AbortSignal): Promise<readonly ResourceTemplateType[]>
  /**
   * Calls a tool: with limits, guards, a row in the ledger and a span (`host.runTool`). A tool that
   * is hidden or unknown: `tool_not_found`.
   */
  callTool(call: McpToolCall, options: McpRequestOptions): Promise<ToolAnswer>
  /** Any other request of the protocol, as it is: `resources/read`, `prompts/get`, `completion/complete` … */
  request(request: McpRequest, options: McpRequestOptions): Promise<Result>
  /** Gives the link back. */
  release(): void
}

/** Where servers come from: the config file, the API, other servers. */
export interface McpServerSource {
  /** Those that callers of a project may use. */
  list(projectId: string): readonly McpServer[]
  find(name: string, projectId: string): McpServer | undefined
  /**
   * A server that a request describes itself (`{"type": "http", "server_url": …}`). Undefined when
   * this source does not make such servers. Throws a GatewayError (400) whose `param` begins with the given one.
   */
  describe?(
    described: Readonly<Record<string, unknown>>,
    param: string,
    caller: Caller,
  ): McpServer | undefined
}

/** The MCP servers that callers may use. */
export interface McpDirectory {
  list(projectId: string): readonly McpServer[]
  /** Throws `mcp_server_not_found` (404), which names the nearest. */
  get(name: string, projectId: string, param?: string): McpServer
  find(name: string, projectId: string): McpServer | undefined
  describe(described: Readonly<Record<string, unknown>>, param: string, caller: Caller): McpServer
}

export type { GetPromptResult as McpPromptAnswer }
