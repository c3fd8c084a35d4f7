import { createSealer, definePlugin, SetupError } from '#core'

import { createAuthorizationFetch } from './server/authorization-fetch.ts'
import { authorizationRoutes } from './server/oauth/authorization-routes.ts'
import { createCredentialStore } from './server/oauth/credential-store.ts'
import { deleteUser } from './server/oauth/credential-table.ts'
import { readPublicUrl } from './server/oauth/public-url.ts'
import { whenNeeded } from './server/when-needed.ts'

/**
 * OAuth to MCP servers that ask for it: callers authorize them in a browser, each for itself or an
 * admin for all, or the gateway shows credentials of its own. Tokens are sealed at rest, renewed in
 * time, and shown to nobody but the server they are for. `authorization.md` beside this file tells
 * all of it.
 */
export const mcpAuthorization = definePlugin({
  name: 'mcp-authorization',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      publicUrl: {
        type: 'string',
        format: 'uri',
        description:
          'Where browsers reach the gateway. PUBLIC_URL of the environment when left out.',
      },
      allow: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        description: 'Hosts and networks off the internet that may authorize all the same.',
      },
    },
  },
  setup(host) {
    const { options, database, environment, log, mcp } = host
    const publicUrl = publicUrlFrom(options.publicUrl ?? environment['PUBLIC_URL'])
    const sealer = createSealer(() => host.deriveKey('credentials'))
    const { allow = [] } = options
    const { fetchFor, stop } = createAuthorizationFetch({ allow })
    const store = createCredentialStore({ database, sealer, log })
    // The MCP client library comes with this import: without protected servers it is not loaded.
    const { get: authorizing } = whenNeeded(async () => {
      const { createAuthorizing } = await import('./server/oauth/authorizing.ts')
      return createAuthorizing({ database, store, sealer, fetchFor, publicUrl, log })
    })

    return {
      services: {
        mcpCredentials: {
          authProvider: async (...asked) =>
            (await authorizing()).credentials.authProvider(...asked),
          authorize: async (...asked) => (await authorizing()).credentials.authorize(...asked),
        },
      },
      routes: authorizationRoutes({ mcp, authorizing, store, database, publicUrl }),
      migrations: new URL('./server/oauth/', import.meta.url),
      stop,
      async eraseUser(projectId, userId) {
        return { mcp_authorizations: await deleteUser(database, projectId, userId) }
      },
    }
  },
})

function publicUrlFrom(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined
  const url = readPublicUrl(text)
  if (url !== undefined) return url
  throw new SetupError(
    'public_url_invalid',
    `PUBLIC_URL is not the address of a gateway: "${text}".`,
    'Write it as "https://gateway.example.com", or with a path, without a query.',
  )
}
