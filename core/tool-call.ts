import type { CallToolResult } from '@modelcontextprotocol/client'

/** A call of a tool in the canonical form: what guards read and the ledger records. */
export interface ToolRequest {
  /** The server and the tool, as an aggregate names it: `files__read_file`. */
  readonly model: string
  arguments: Record<string, unknown>
  readonly extra?: undefined
  [field: string]: unknown
}

/** What a tool answers, in MCP's words. `isError`: it ran, and says what went wrong. */
export type ToolAnswer = CallToolResult
