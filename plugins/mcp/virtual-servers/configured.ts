import { ANYBODY, GatewayError, type McpDirectory, type McpServer, SetupError } from '#core'

import type { Definition } from './definition.ts'
import { type Plan, readPlan } from './plan.ts'
import { SERVER_NAME } from './server-body.ts'

/** The virtual servers of the config file, read. Throws a SetupError with the path. */
export function readConfigured(
  written: Readonly<Record<string, Definition>>,
): ReadonlyMap<string, Plan> {
  return new Map(
    Object.entries(written).map(([name, definition]) => [name, read(name, definition)]),
  )
}

function read(name: string, definition: Definition): Plan {
  if (!new RegExp(SERVER_NAME).test(name)) {
    const message = `"servers.${name}" is no name for an MCP server.`
    const hint = 'Use lower-case letters, digits, "-" and single "_", 64 characters at the most.'
    throw new SetupError('invalid_virtual_server', message, hint)
  }
  try {
    return readPlan(definition)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.param === null) throw error
    const path = `servers.${name}.${error.param}`
    const message = error.message.replace(`"${error.param}"`, () => `"${path}"`)
    const hint = 'Mend the virtual server in the config file.'
    throw new SetupError('invalid_virtual_server', message, hint, { cause: error })
  }
}

/** Two plugins may give a server of one name, and only one of them can be asked for. */
export function checkNames(configured: readonly McpServer[], mcp: McpDirectory): void {
  for (const server of configured) {
    if (mcp.find(server.name, ANYBODY.projectId) === server) continue
    throw new SetupError(
      'mcp_server_name_taken',
      `There is an MCP server "${server.name}" beside the virtual server of this name.`,
      'Give one of them another name in the config file.',
    )
  }
}
