import type { JSONRPCRequest, Result } from '@modelcontextprotocol/server'

import type { ToolAnswer } from '#core'

import type { Links } from './links.ts'
import { createLists } from './lists.ts'
import { pageOfList, type PageOfList } from './page-of-list.ts'
import { readParams } from './read-params.ts'
import type { Scope } from './scope.ts'
import { createView, type Passage } from './view.ts'

/** Serves the requests of one method. Throws a ProtocolError or a GatewayError. */
export type Handler = (request: JSONRPCRequest, passage: Passage) => Promise<Result>

export interface HandlerParts {
  readonly scope: Scope
  readonly links: Links
  /** Brings the result of a tool into the form of the client's revision. */
  readonly project: (
    result: ToolAnswer,
    outputSchema: Record<string, unknown> | undefined,
  ) => Result
}

/** The methods that the endpoint serves itself; the SDK adds `initialize`, `ping` and `server/discover`. */
export function createHandlers(parts: HandlerParts): ReadonlyMap<string, Handler> {
  const { scope, links, project } = parts
  const view = createView(scope, links)
  const lists = createLists(scope, links)

  function list<T>(
    read: (signal: AbortSignal) => Promise<readonly T[]>,
    wrap: (items: readonly T[]) => Record<string, unknown>,
  ): Handler {
    return async ({ method, params }, { signal }) => {
      const { cursor } = readParams('PaginatedRequestParams', method, params)
      const { items, nextCursor }: PageOfList<T> = pageOfList(await read(signal), cursor)
      return nextCursor === undefined ? wrap(items) : { ...wrap(items), nextCursor }
    }
  }

  const ofResource: Handler = async ({ method, params }, passage) => {
    const { uri } = readParams('ReadResourceRequestParams', method, params)
    return view.ofResource(method, uri, passage)
  }

  return new Map<string, Handler>([
    ['tools/list', list(lists.tools, (tools) => ({ tools }))],
    ['prompts/list', list(lists.prompts, (prompts) => ({ prompts }))],
    ['resources/list', list(lists.resources, (resources) => ({ resources }))],
    [
      'resources/templates/list',
      list(lists.resourceTemplates, (resourceTemplates) => ({ resourceTemplates })),
    ],
    [
      'tools/call',
      async ({ method, params }, passage) => {
        const { name, arguments: args = {} } = readParams('CallToolRequestParams', method, params)
        const result = await view.callTool(name, args, passage)
        if (result.structuredContent === undefined) return result
        return project(result, await view.outputSchema(name, passage.signal))
      },
    ],
    [
      'prompts/get',
      async ({ method, params }, passage) => {
        const { name, arguments: args } = readParams('GetPromptRequestParams', method, params)
        return view.getPrompt(name, args, passage)
      },
    ],
    ['resources/read', ofResource],
    ['resources/subscribe', ofResource],
    ['resources/unsubscribe', ofResource],
    [
      'completion/complete',
      async ({ method, params }, passage) => {
        const { ref, argument, context } = readParams('CompleteRequestParams', method, params)
        const asked = { ref, argument, ...(context === undefined ? {} : { context }) }
        return view.complete(asked, passage)
      },
    ],
    [
      'logging/setLevel',
      async ({ method, params }, passage) => {
        const { level } = readParams('SetLevelRequestParams', method, params)
        await view.setLevel(level, passage)
        return {}
      },
    ],
  ])
}
