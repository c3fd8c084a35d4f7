import { createCheck, SetupError } from '#core'

import type { InMemoryTool } from './definition.ts'
import type { ToolPolicy } from './policy.ts'

/** A tool as the config file declares it, with limits and a price of its own. */
export interface DeclaredTool extends InMemoryTool, ToolPolicy {}

const object = { type: 'object', additionalProperties: true } as const

const checkTools = createCheck({
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'run'],
    properties: {
      name: { type: 'string', pattern: '^[A-Za-z0-9_.-]{1,128}$' },
      title: { type: 'string' },
      description: { type: 'string' },
      inputSchema: object,
      outputSchema: object,
      annotations: object,
      timeoutMs: { type: 'integer', minimum: 1 },
      concurrency: { type: 'integer', minimum: 1 },
      costPerCall: { type: 'string', pattern: '^\\d+(\\.\\d+)?$' },
      run: {},
    },
  },
})

/** Checks tools that were written in TypeScript. Throws a SetupError that names all that is wrong. */
export function readTools(
  server: string,
  given: unknown,
): {
  readonly tools: readonly InMemoryTool[]
  readonly policies: Readonly<Record<string, ToolPolicy>>
} {
  const problems = checkTools(given).map(({ path, message }) => `"tools${path}" ${message}.`)
  const declared = problems.length > 0 ? [] : (given as readonly DeclaredTool[])
  for (const tool of declared) {
    const { name } = tool
    if (typeof tool.run !== 'function') problems.push(`"run" of the tool "${name}" is no function.`)
    if (declared.filter((one) => one.name === name).length > 1) {
      problems.push(`There are two tools "${name}".`)
    }
  }
  if (problems.length > 0) {
    const message = `The tools of the MCP server "${server}" are not right.`
    const hint = 'A tool is { name, description, inputSchema, run(args, { signal }) }.'
    throw new SetupError('mcp_tools_invalid', message, hint, { problems: [...new Set(problems)] })
  }
  const policies: Record<string, ToolPolicy> = {}
  const tools = declared.map(({ timeoutMs, concurrency, costPerCall, ...tool }) => {
    policies[tool.name] = { timeoutMs, concurrency, costPerCall }
    return tool
  })
  return { tools, policies }
}
