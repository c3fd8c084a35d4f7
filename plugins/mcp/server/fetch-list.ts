import { GatewayError } from '#core'

import type { Connection, SendOptions } from './connection.ts'
import type { FetchedList, Listed, ListKind } from './list-cache.ts'
import { mentionsHeaders } from './send-request.ts'

const METHODS: { readonly [Kind in ListKind]: string } = {
  tools: 'tools/list',
  prompts: 'prompts/list',
  resources: 'resources/list',
  resourceTemplates: 'resources/templates/list',
}
const CAPABILITIES = {
  tools: 'tools',
  prompts: 'prompts',
  resources: 'resources',
  resourceTemplates: 'resources',
} as const

const MAX_PAGES = 100
const MAX_ITEMS = 10_000
const MAX_LETTERS = 16 * 1024 * 1024
const METHOD_NOT_FOUND = -32_601

/** Reads all pages of a list. What a server does not offer is an empty list. */
export async function fetchList<Kind extends ListKind>(
  server: string,
  connection: Connection,
  kind: Kind,
  options: SendOptions,
): Promise<FetchedList<Kind>> {
  if (!connection.capabilities[CAPABILITIES[kind]]) return NOTHING
  const items: Listed[Kind][] = []
  const cursors = new Set<string>()
  let letters = 0
  let cursor: string | undefined
  let scope: unknown
  let ttlMs: unknown
  do {
    let page: Readonly<Record<string, unknown>>
    try {
      const params = cursor === undefined ? {} : { cursor }
      page = await connection.request({ method: METHODS[kind], params }, options)
    } catch (error) {
      // Templates came later than resources, and are not worth a capability of their own.
      if (kind === 'resourceTemplates' && codeOf(error) === METHOD_NOT_FOUND) return NOTHING
      throw error
    }
    // The SDK has checked that it is a list of such things.
    items.push(...(page[kind] as Listed[Kind][]))
    letters += JSON.stringify(page).length
    if (cursor === undefined) ({ cacheScope: scope, ttlMs } = page)
    cursor = typeof page['nextCursor'] === 'string' ? page['nextCursor'] : undefined
    const isEndless = cursor !== undefined && cursors.has(cursor)
    if (cursor !== undefined) cursors.add(cursor)
    if (
      isEndless ||
      cursors.size >= MAX_PAGES ||
      items.length > MAX_ITEMS ||
      letters > MAX_LETTERS
    ) {
      throw endless(server, METHODS[kind])
    }
  } while (cursor !== undefined)

  if (kind === 'tools' && connection.mirroredTools && mentionsHeaders(items)) {
    const allowed = new Set((await connection.mirroredTools(options)).map(({ name }) => name))
    const rightful = items.filter((item) => 'name' in item && allowed.has(item.name))
    items.splice(0, items.length, ...rightful)
  }
  const isPrivate = connection.isModern && scope !== 'public'
  return { items, ttlMs: typeof ttlMs === 'number' ? ttlMs : undefined, isPrivate }
}

const NOTHING = { items: [], ttlMs: 3_600_000, isPrivate: false }

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function endless(server: string, method: string): GatewayError {
  const message = `The MCP server "${server}" lists without end: ${method} gave more than ${MAX_PAGES} pages, ${MAX_ITEMS} items or ${MAX_LETTERS} letters.`
  return new GatewayError('mcp_error', message, { shouldRetry: false, details: { server } })
}
