import type { McpAuth, McpServer, McpTool, ToolAnswer } from '#core'

import type { ServerPolicy } from './policy.ts'

/** All that makes a server, as plain data: what the config file declares and the API stores. */
export interface McpServerDefinition extends ServerPolicy {
  /** Lower-case letters, digits, `-` and single `_`; at most 64 characters. */
  readonly name: string
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly transport: ServerTransport
  /** Null: every project may use it. */
  readonly projectId: string | null
  /** What comes from the `api` was given by a tenant: its address is looked at twice. */
  readonly source: McpServer['source']
}

export type ServerTransport = StdioTransport | HttpTransport | InMemoryTransport

/** A process of this machine, which is started without a shell. Only operators may declare one. */
export interface StdioTransport {
  readonly type: 'stdio'
  readonly command: string
  readonly args?: readonly string[] | undefined
  /** All that it gets beside `PATH`, `HOME` and `LANG`. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Where it runs; relative to the folder of the config file, which is also the default. */
  readonly cwd?: string | undefined
}

/** `http`: Streamable HTTP of both revisions. `sse`: the transport of 2024-11-05. */
export interface HttpTransport {
  readonly type: 'http' | 'sse'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Sent as `_meta.env_vars` with calls that belong to a chat, as LangDB does. */
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly auth?: McpAuth | undefined
}

/** Tools of the gateway's own process. */
export interface InMemoryTransport {
  readonly type: 'in-memory'
  readonly tools: readonly InMemoryTool[]
  /** What a model should know of the tools together. */
  readonly instructions?: string | undefined
}

/** A tool written in TypeScript. What it throws becomes a result with `isError`. */
export interface InMemoryTool {
  readonly name: string
  readonly title?: string | undefined
  readonly description?: string | undefined
  /** JSON Schema of an object; any object when it is left out. */
  readonly inputSchema?: Readonly<Record<string, unknown>> | undefined
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined
  readonly annotations?: McpTool['annotations'] | undefined
  /**
   * Does the work, with arguments that fit `inputSchema`. A text is the result's text; an object
   * that has `content` is the result itself; everything else is sent as structured content.
   */
  run(
    args: Readonly<Record<string, unknown>>,
    context: { readonly signal: AbortSignal },
  ): ToolOutput | Promise<ToolOutput>
}

export type ToolOutput = string | ToolAnswer | Readonly<Record<string, unknown>>
