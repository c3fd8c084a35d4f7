import { RE2JS, RE2JSException } from 're2js'

import { GatewayError, requestProblem, type McpTool } from '#core'

/** One entry of a `filter`: the name of a tool, or a regular expression for the whole of it. */
export interface FilterEntry {
  readonly name: string
  readonly description?: string | null
}

/** The tools of a server that a request wants, as it wants them described. Throws 404 for none. */
export type ToolFilter = (tools: readonly McpTool[]) => readonly McpTool[]

/** Without entries all tools are wanted. Throws 400 for what is no regular expression. */
export function createToolFilter(
  entries: readonly FilterEntry[] | undefined,
  param: string,
): ToolFilter {
  if (!entries) return (tools) => tools
  const wanted = entries.map(({ name, description }, index) => {
    const pattern = compile(name, `${param}[${index}].name`)
    const fits = (tool: McpTool): boolean => tool.name === name || pattern.testExact(tool.name)
    return { name, description, fits, param: `${param}[${index}].name` }
  })
  return (tools) => {
    const missing = wanted.find(({ fits }) => !tools.some(fits))
    if (missing) throw notFound(missing, tools)
    return tools.flatMap((tool) => {
      const entry = wanted.find(({ fits }) => fits(tool))
      if (!entry) return []
      const { description } = entry
      return [typeof description === 'string' ? { ...tool, description } : tool]
    })
  }
}

function compile(name: string, param: string): RE2JS {
  try {
    return RE2JS.compile(name)
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw requestProblem(param, 'is neither the name of a tool nor a regular expression of RE2')
  }
}

function notFound(
  { name, param }: { readonly name: string; readonly param: string },
  tools: readonly McpTool[],
): GatewayError {
  const names = tools.map((tool) => tool.name)
  const all = names.length > 0 ? `There are: ${names.join(', ')}.` : 'It has none.'
  const message = `The server has no tool that fits "${name}". ${all}`
  return new GatewayError('tool_not_found', message, { param })
}
