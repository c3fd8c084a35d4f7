import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

import {
  type Caller,
  definePlugin,
  GatewayError,
  type McpProtectedServer,
  type McpServer,
  type PluginEntry,
} from '#core'

export const ALICES_PROJECT = '11111111-1111-4111-8111-111111111111'
export const EVES_PROJECT = '22222222-2222-4222-8222-222222222222'

const CALLERS: Readonly<Record<string, Caller>> = {
  alice: { keyId: 'alice-key', projectId: ALICES_PROJECT, scopes: ['read', 'write'] },
  bob: { keyId: 'bob-key', projectId: ALICES_PROJECT, scopes: ['read', 'write'] },
  admin: { keyId: 'admin-key', projectId: ALICES_PROJECT, scopes: ['read', 'write', 'admin'] },
  eve: { keyId: 'eve-key', projectId: EVES_PROJECT, scopes: ['read', 'write', 'admin'] },
  root: {
    keyId: 'root-key',
    projectId: ALICES_PROJECT,
    scopes: ['read', 'write', 'admin', 'operator'],
  },
}

export const as = (name: keyof typeof CALLERS): { authorization: string } => ({
  authorization: `Bearer ${name}`,
})

/**
 * Some callers, some servers, and `POST /try/{name}`, which connects to one as its caller does and
 * calls its tool `echo`; `POST /erase/{user}` erases what is kept of a user.
 */
export function house(servers: () => readonly McpProtectedServer[]): PluginEntry {
  const toServer = (protection: McpProtectedServer): McpServer => ({
    name: protection.name,
    transport: 'http',
    source: protection.projectId === null ? 'config' : 'api',
    projectId: protection.projectId,
    protection,
    status: () => ({ state: 'idle' }),
    connect: async () => {
      throw new Error('Servers of this house are tried, not connected to.')
    },
  })
  const visible = (projectId: string): McpServer[] =>
    servers()
      .filter((one) => one.projectId === null || one.projectId === projectId)
      .map(toServer)

  return definePlugin({
    name: 'house',
    schema: { type: 'object', additionalProperties: false },
    setup: (host) => {
      const { mcp, services } = host
      const { mcpCredentials } = services
      return {
        services: {
          accounts: {
            identify({ authorization = '' }) {
              const caller = CALLERS[authorization.slice('Bearer '.length)]
              if (caller) return caller
              throw new GatewayError('invalid_api_key', 'This key is not known.')
            },
          },
        },
        mcpServers: [
          {
            list: visible,
            find: (name, projectId) => visible(projectId).find((server) => server.name === name),
          },
        ],
        routes: [
          {
            method: 'POST',
            path: '/erase/:user',
            access: 'admin',
            summary: 'Erases all that is kept of a user.',
            handle: ({ params, caller }) =>
              host.eraseUser(caller?.projectId ?? '', params['user'] ?? ''),
          },
          {
            method: 'POST',
            path: '/try/:name',
            access: 'write',
            summary: 'Calls the tool "echo" of a server.',
            async handle(call) {
              const { params, caller } = call
              if (!caller) throw new Error('Nobody calls.')
              const { user } = (await call.json()) as { user?: string }
              const server = mcp.get(params['name'] ?? '', caller.projectId).protection
              if (!server) throw new Error('Nothing to try.')
              const provider = await mcpCredentials.authProvider(server, caller, user)
              const client = new Client(
                { name: 'house', version: '1.0.0' },
                { versionNegotiation: { mode: 'auto' } },
              )
              try {
                const transport = new StreamableHTTPClientTransport(new URL(server.url), {
                  ...(provider && { authProvider: provider }),
                })
                await client.connect(transport)
                return await client.callTool({ name: 'echo', arguments: { text: 'hello' } })
              } catch (error) {
                throw (await provider?.explain(error)) ?? error
              } finally {
                await client.close()
              }
            },
          },
        ],
      }
    },
  })()
}
