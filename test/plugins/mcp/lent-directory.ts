import { definePlugin, type McpDirectory, type PluginEntry } from '#core'

/** Lends the directory of a gateway's MCP servers to a test. */
export interface Lender {
  /** Belongs into the list of plugins. */
  readonly entry: PluginEntry
  /** Complete once the gateway has started. */
  readonly mcp: McpDirectory
}

export function lendDirectory(): Lender {
  let lent: McpDirectory | undefined
  const entry = definePlugin({
    name: 'lender',
    schema: { type: 'object', additionalProperties: false },
    setup({ mcp }) {
      lent = mcp
      return {}
    },
  })()
  return {
    entry,
    get mcp() {
      if (!lent) throw new Error('The gateway has not started.')
      return lent
    },
  }
}
