import { definePlugin, version, type RawRoute, type Route } from '#core'

import { challenge, protectedResource } from './endpoint/metadata.ts'
import type { Endpoint } from './endpoint/serve.ts'
import { whenNeeded } from './server/when-needed.ts'

const NAMES = { type: 'array', items: { type: 'string', minLength: 1 }, default: [] } as const

/**
 * Offers the MCP servers of the gateway to MCP clients: `/mcp` is all that a key may use, `/mcp/{name}`
 * one server or virtual server. Streamable HTTP of 2025-03-26 to 2026-07-28, and the SSE transport.
 */
export const mcpEndpoint = definePlugin({
  name: 'mcp-endpoint',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      allowedHosts: {
        ...NAMES,
        description:
          'Host names under which clients reach the gateway, besides localhost; "*": any.',
      },
      allowedOrigins: {
        ...NAMES,
        description: 'Host names of web pages that may call, besides localhost; "*": any.',
      },
      publicUrl: {
        type: 'string',
        format: 'uri',
        description: 'Where clients reach the gateway behind a proxy: "https://ai.example.com".',
      },
      authorizationServers: {
        ...NAMES,
        description: 'Issuers whose tokens are keys of this gateway, for the metadata of RFC 9728.',
      },
      sessionIdleMs: {
        type: 'integer',
        minimum: 1000,
        default: 3_600_000,
        description: 'How long a session of a client of 2025 lasts that is not used.',
      },
      sessionsPerKey: { type: 'integer', minimum: 1, default: 200 },
      sessions: { type: 'integer', minimum: 1, default: 5000 },
    },
  },
  setup(host) {
    const { options } = host
    const publicHost = options.publicUrl === undefined ? [] : [new URL(options.publicUrl).hostname]
    // The MCP server library comes with this import: without MCP clients it is not loaded.
    const endpoint = whenNeeded(async () => {
      const { createEndpoint } = await import('./endpoint/serve.ts')
      const allowedHosts = [...options.allowedHosts, ...publicHost]
      return createEndpoint(host, { ...options, allowedHosts }, version)
    })
    const errorHeaders: NonNullable<RawRoute['errorHeaders']> = (fault, request) =>
      fault.status === 401 ? { 'www-authenticate': challenge(request, options) } : {}

    function raw(
      method: RawRoute['method'],
      path: RawRoute['path'],
      summary: string,
      work: Exclude<keyof Endpoint, 'stop'>,
    ): RawRoute {
      const serve: RawRoute['serve'] = async (call) => (await endpoint.get())[work](call)
      return { method, path, access: 'write', summary, serve, errorHeaders }
    }
    function streamable(path: RawRoute['path'], what: string): Route[] {
      return [
        raw('POST', path, `A message of an MCP client to ${what}`, 'post'),
        raw('GET', path, `What ${what} tells a session`, 'listen'),
        raw('DELETE', path, `Ends a session with ${what}`, 'remove'),
      ]
    }
    function metadata(path: string): Route {
      return {
        method: 'GET',
        path: `/.well-known/oauth-protected-resource${path}`,
        access: 'public',
        summary: 'Which authorization servers issue keys for the MCP endpoint (RFC 9728)',
        handle: ({ params, headers }) =>
          protectedResource(path.replace(':server', params['server'] ?? ''), headers, options),
      }
    }

    return {
      routes: [
        ...streamable('/mcp', 'all MCP servers'),
        ...streamable('/mcp/:server', 'an MCP server'),
        raw('GET', '/mcp/:server/sse', 'The stream of the SSE transport', 'openSse'),
        raw('POST', '/mcp/:server/messages', 'A message over SSE', 'postToSse'),
        metadata(''),
        metadata('/mcp'),
        metadata('/mcp/:server'),
      ],
      async stop() {
        await (await endpoint.made())?.stop()
      },
    }
  },
})
