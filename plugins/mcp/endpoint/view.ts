import { ProtocolError, ProtocolErrorCode, type Result } from '@modelcontextprotocol/server'

import type { McpLink, McpNotification, McpRequest, McpServer, ToolAnswer } from '#core'

import type { Links, Reached } from './links.ts'
import { unqualify } from './qualified-name.ts'
import { ownerOfResource } from './resource-owner.ts'
import type { Scope } from './scope.ts'
import type { Origin } from './web-exchange.ts'

/** One request of a client, on its way to a server. */
export interface Passage {
  readonly signal: AbortSignal
  readonly origin: Origin
  /** What of the wire goes with it: `_meta`, and the answers of a further round. */
  readonly params: Readonly<Record<string, unknown>>
  /** The client can answer `input_required` itself. */
  readonly takesInputRequired: boolean
  readonly notify: (notification: McpNotification) => void
}

/** Requests of a client that belong to one of the servers behind, by the names that it was shown. */
export interface View {
  callTool(name: string, args: Record<string, unknown>, passage: Passage): Promise<ToolAnswer>
  /** The schema of a tool's result, as it is listed. */
  outputSchema(name: string, signal: AbortSignal): Promise<Record<string, unknown> | undefined>
  getPrompt(name: string, args: unknown, passage: Passage): Promise<Result>
  /** `resources/read`, `resources/subscribe`, `resources/unsubscribe`. */
  ofResource(method: string, uri: string, passage: Passage): Promise<Result>
  complete(params: CompletionParams, passage: Passage): Promise<Result>
  /** Tells each server that writes a log from which level on the client wants it. */
  setLevel(level: string, passage: Passage): Promise<void>
}

export interface CompletionParams {
  readonly ref:
    | { readonly type: 'ref/prompt'; readonly name: string }
    | { readonly type: 'ref/resource'; readonly uri: string }
  readonly [param: string]: unknown
}

export function createView(scope: Scope, links: Links): View {
  /** The server that a shown name belongs to, and the server's own name of the thing. */
  function find(shown: string, kind: string): { server: McpServer; name: string } {
    if (scope.name !== undefined) {
      const [server] = scope.servers()
      if (server) return { server, name: shown }
    }
    const parts = unqualify(shown)
    const server = parts && scope.servers().find((one) => one.name === parts.server)
    if (!parts || !server) throw unknown(kind, shown)
    return { server, name: parts.name }
  }

  function pass(link: McpLink, request: McpRequest, passage: Passage): Promise<Result> {
    const { signal, takesInputRequired, notify, params } = passage
    return link.request(
      { method: request.method, params: { ...params, ...request.params } },
      { signal, takesInputRequired, notify },
    )
  }

  async function owner(uri: string, signal: AbortSignal): Promise<Reached> {
    const found = await ownerOfResource(uri, scope, links, signal)
    if (!found.link.capabilities.resources) throw unknown('resource', uri)
    return found
  }

  return {
    async callTool(shown, args, passage) {
      const { server, name } = find(shown, 'tool')
      const link = await links.of(server)
      const { signal, takesInputRequired, notify, params, origin } = passage
      return link.callTool(
        { name, arguments: args, params, headers: origin.headers, clientIp: origin.clientIp },
        { signal, takesInputRequired, notify },
      )
    },

    async outputSchema(shown, signal) {
      const { server, name } = find(shown, 'tool')
      const link = await links.of(server)
      return (await link.tools(signal)).find((tool) => tool.name === name)?.outputSchema
    },

    async getPrompt(shown, args, passage) {
      const { server, name } = find(shown, 'prompt')
      const link = await links.of(server)
      if (!link.capabilities.prompts) throw unknown('prompt', shown)
      const params = args === undefined ? { name } : { name, arguments: args }
      return pass(link, { method: 'prompts/get', params }, passage)
    },

    async ofResource(method, uri, passage) {
      const { link } = await owner(uri, passage.signal)
      return pass(link, { method, params: { uri } }, passage)
    },

    async complete(params, passage) {
      const { ref } = params
      if (ref.type === 'ref/prompt') {
        const { server, name } = find(ref.name, 'prompt')
        const own = { ...params, ref: { ...ref, name } }
        return pass(await links.of(server), { method: 'completion/complete', params: own }, passage)
      }
      const { link } = await owner(ref.uri, passage.signal)
      return pass(link, { method: 'completion/complete', params }, passage)
    },

    async setLevel(level, passage) {
      const writing = links.made().filter(({ link }) => link.capabilities.logging)
      await Promise.allSettled(
        writing.map(({ link }) =>
          pass(link, { method: 'logging/setLevel', params: { level } }, passage),
        ),
      )
    },
  }
}

function unknown(kind: string, name: string): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    `Unknown ${kind}: ${name.slice(0, 256)}`,
  )
}
