import {
  createCheck,
  GatewayError,
  requestProblem,
  type Caller,
  type McpDirectory,
  type McpServer,
} from '#core'

import { createToolFilter, type FilterEntry, type ToolFilter } from './tool-filter.ts'

/** One entry of `mcp_servers`, understood. */
export interface NamedServer {
  readonly server: McpServer
  /** Where it stands: `mcp_servers[0]`. */
  readonly param: string
  readonly filter: ToolFilter
  /** Variables that go with each call, in `_meta.env_vars`. */
  readonly variables: Readonly<Record<string, string>> | undefined
}

type Fields = Readonly<Record<string, unknown>>

/** The fields that the gateway reads; whoever makes a described server checks the rest. */
const check = createCheck({
  type: 'array',
  maxItems: 64,
  items: {
    anyOf: [
      { type: 'string', minLength: 1 },
      {
        type: 'object',
        properties: {
          name: { type: ['string', 'null'], minLength: 1 },
          slug: { type: ['string', 'null'], minLength: 1 },
          server_url: { type: ['string', 'null'] },
          url: { type: ['string', 'null'] },
          type: { type: ['string', 'null'] },
          env: { type: ['object', 'null'], additionalProperties: { type: 'string' } },
          filter: {
            type: ['array', 'null'],
            items: {
              type: 'object',
              required: ['name'],
              additionalProperties: false,
              properties: {
                name: { type: 'string', minLength: 1 },
                description: { type: ['string', 'null'] },
              },
            },
          },
        },
      },
    ],
  },
})

/** The servers that a request names. Throws 400 or 404, with the path of what is wrong. */
export function readServers(
  named: unknown,
  caller: Caller,
  directory: McpDirectory,
): readonly NamedServer[] {
  const [problem] = check(named)
  if (problem) {
    const path = problem.path.startsWith('[') ? problem.path : problem.path && `.${problem.path}`
    throw requestProblem(`mcp_servers${path}`, problem.message, problem.kind)
  }
  // It was just checked.
  return (named as readonly (string | Fields)[]).map((entry, index) => {
    const param = `mcp_servers[${index}]`
    const fields = typeof entry === 'string' ? { name: entry } : entry
    return {
      server: find(fields, param, caller, directory),
      param,
      filter: createToolFilter(
        (fields['filter'] ?? undefined) as readonly FilterEntry[] | undefined,
        `${param}.filter`,
      ),
      variables: (fields['env'] ?? undefined) as Readonly<Record<string, string>> | undefined,
    }
  })
}

/**
 * By its slug or its name where the gateway has it; otherwise as it is described. LangDB's clients send
 * slugs of its cloud with an address beside them.
 */
function find(fields: Fields, param: string, caller: Caller, directory: McpDirectory): McpServer {
  const { projectId } = caller
  const { slug, name, type } = fields
  const address = fields['server_url'] ?? fields['url'] ?? undefined
  if (typeof slug === 'string') {
    const known = directory.find(slug, projectId)
    if (known) return known
    if (address === undefined) return directory.get(slug, projectId, `${param}.slug`)
  }
  if (address !== undefined) return directory.describe(fields, param, caller)
  if (typeof name !== 'string') {
    const message = 'must have a "name" of a server of this gateway, or a "server_url"'
    throw requestProblem(param, message, 'missing')
  }
  if (type === 'in-memory' || type === 'memory') return findInMemory(name, param, caller, directory)
  return directory.get(name, projectId, `${param}.name`)
}

/** `Web Search` is LangDB's other name of `websearch`. */
function findInMemory(
  name: string,
  param: string,
  { projectId }: Caller,
  directory: McpDirectory,
): McpServer {
  const known = directory.find(name, projectId)
  if (known) return known
  const plain = name.toLowerCase().replaceAll(/[\s_-]/g, '')
  const isSearch = plain === 'websearch'
  const found = isSearch ? directory.find('websearch', projectId) : undefined
  if (found) return found
  if (!isSearch) return directory.get(name, projectId, `${param}.name`)
  const message =
    'The in-memory server "websearch" is not configured: add mcp.inMemory({ name: "websearch" }) from #plugins/mcp/mcp to the config file, and set TAVILY_API_KEY, BRAVE_API_KEY or SEARXNG_URL for the search.'
  throw new GatewayError('mcp_server_not_found', message, { param: `${param}.name` })
}
