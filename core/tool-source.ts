import type { ToolDefinition } from './chat/request.ts'
import type { Exchange } from './exchange.ts'
import type { ToolAnswer } from './tool-call.ts'

/** Where the tools come from that the gateway itself runs within a chat. */
export interface ToolSource {
  readonly limits: ToolLimits
  /**
   * Opens what a request, a virtual model or a target names in `mcp_servers`, for one exchange.
   * Throws a GatewayError (400, 404, 503) whose `param` begins with `mcp_servers`.
   */
  open(asked: AskedTools, exchange: Exchange): Promise<OpenTools>
}

/** What a request, a virtual model or a target says of tools, unchecked. */
export interface AskedTools {
  /** `mcp_servers` */
  readonly servers: unknown
  /** `mcp_mode` */
  readonly mode: unknown
}

/** The tools of one exchange. */
export interface OpenTools {
  /** Their names differ, and are such as every provider takes: 64 of `[a-zA-Z0-9_-]`. */
  readonly tools: readonly GatewayTool[]
  /**
   * Calls one by the name that the model knows it by. Throws a GatewayError when it could not be
   * called; what the tool itself says went wrong is an answer with `isError`.
   */
  call(
    name: string,
    args: Readonly<Record<string, unknown>>,
    exchange: Exchange,
  ): Promise<ToolAnswer>
  /** Gives back what `open` took; more than once does no harm. */
  release(): void
}

export interface GatewayTool {
  readonly definition: ToolDefinition
  /** Who runs it, and by which name: for those who look on. */
  readonly server: string
  readonly tool: string
}

/** How far a model may go with the gateway's tools. A request can lower the first three. */
export interface ToolLimits {
  /** How often the model is asked. */
  readonly turns: number
  /** How many tools are called in all. */
  readonly calls: number
  /** USD for all turns, where the model's price is known; undefined for no limit. */
  readonly costUsd: number | undefined
  /** Characters of one result that a model gets to read; the rest is left out, and that is said. */
  readonly resultCharacters: number
  /** When a guard blocks a call or a result: the model is told, or the exchange ends with 446. */
  readonly onBlocked: 'tell' | 'end'
}
