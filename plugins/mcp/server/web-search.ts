import type { FetchLike } from '@modelcontextprotocol/client'

import type { Environment } from '#core'

import type { InMemoryTool, ServerTransport } from './definition.ts'

/** Who can be asked: a search service by its API, or an MCP server that searches. */
export const SEARCH_PROVIDERS = ['tavily', 'brave', 'searxng', 'mcp'] as const
export type SearchProviderName = (typeof SEARCH_PROVIDERS)[number]

/** What has each of them asked: a key, or an address. */
const VARIABLES = {
  tavily: 'TAVILY_API_KEY',
  brave: 'BRAVE_API_KEY',
  searxng: 'SEARXNG_URL',
  mcp: 'TAVILY_MCP_URL',
} as const

export interface SearchSettings {
  /** The first one that is set up, when nothing is said. */
  readonly provider: SearchProviderName | undefined
  /** Another address than the service's own. */
  readonly url: string | undefined
  readonly environment: Environment
  readonly fetch: FetchLike
}

interface Found {
  readonly title: string
  readonly url: string
  readonly text: string
}

type Search = (query: string, count: number, signal: AbortSignal) => Promise<readonly Found[]>

const DEFAULT_COUNT = 5

/** How the server `websearch` is reached: tools of this process, or the MCP server that searches. */
export function searchTransport(settings: SearchSettings): ServerTransport {
  const { environment } = settings
  const provider =
    settings.provider ?? SEARCH_PROVIDERS.find((name) => environment[VARIABLES[name]])
  const given = provider && environment[VARIABLES[provider]]
  if (provider === 'mcp' && given) {
    const url = settings.url ?? given
    return { type: new URL(url).pathname.endsWith('/sse') ? 'sse' : 'http', url }
  }
  const search = provider && given ? createSearch(provider, given, settings) : undefined
  return { type: 'in-memory', tools: [searchTool(search, provider)] }
}

function searchTool(
  search: Search | undefined,
  provider: SearchProviderName | undefined,
): InMemoryTool {
  return {
    name: 'search',
    title: 'Web search',
    description: 'Searches the web. Gives titles, addresses and excerpts of the best pages.',
    inputSchema: {
      type: 'object',
      additionalProperties: false,
      required: ['query'],
      properties: {
        query: { type: 'string', minLength: 1, maxLength: 400, description: 'What to search for.' },
        max_results: { type: 'integer', minimum: 1, maximum: 20, default: DEFAULT_COUNT },
      },
    },
    annotations: { readOnlyHint: true, openWorldHint: true },
    async run({ query, max_results: count = DEFAULT_COUNT }, { signal }) {
      if (!search) throw new Error(notSetUp(provider))
      const results = await search(String(query), Number(count), signal)
      const pages = results.map(({ title, url, text }) => `${title}\n${url}\n${text}`)
      const said = pages.length > 0 ? pages.join('\n\n') : 'Nothing was found.'
      return { content: [{ type: 'text', text: said }], structuredContent: { results } }
    },
  }
}

function notSetUp(provider: SearchProviderName | undefined): string {
  const names = provider ? VARIABLES[provider] : Object.values(VARIABLES).join(', or ')
  return `Web search is not set up. Set ${names} in the environment of the gateway, and start it again.`
}

function createSearch(
  provider: SearchProviderName,
  given: string,
  { url, fetch }: SearchSettings,
): Search {
  const read = async (address: URL, init: RequestInit): Promise<unknown> => {
    const response = await fetch(address, init)
    if (!response.ok)
      throw new Error(`The search service answered with the status ${response.status}.`)
    return response.json()
  }
  if (provider === 'tavily') {
    const address = new URL('/search', url ?? 'https://api.tavily.com')
    const headers = { authorization: `Bearer ${given}`, 'content-type': 'application/json' }
    return async (query, count, signal) => {
      const body = JSON.stringify({ query, max_results: count })
      const answer = await read(address, { method: 'POST', headers, body, signal })
      return toFound(field(answer, 'results'), 'content').slice(0, count)
    }
  }
  if (provider === 'brave') {
    const base = new URL('/res/v1/web/search', url ?? 'https://api.search.brave.com')
    const headers = { 'x-subscription-token': given, accept: 'application/json' }
    return async (query, count, signal) => {
      const address = withQuery(base, { q: query, count: String(count) })
      const answer = await read(address, { headers, signal })
      return toFound(field(field(answer, 'web'), 'results'), 'description').slice(0, count)
    }
  }
  const base = new URL('search', (url ?? given).replace(/\/*$/, '/'))
  return async (query, count, signal) => {
    const answer = await read(withQuery(base, { q: query, format: 'json' }), { signal })
    return toFound(field(answer, 'results'), 'content').slice(0, count)
  }
}

function withQuery(base: URL, query: Readonly<Record<string, string>>): URL {
  const address = new URL(base)
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  return address
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function toFound(results: unknown, textField: string): readonly Found[] {
  if (!Array.isArray(results)) throw new Error('The search service gave no list of results.')
  return results.map((one: unknown) => ({
    title: text(field(one, 'title')),
    url: text(field(one, 'url')),
    text: text(field(one, textField)),
  }))
}
