import { definePlugin, GatewayError, type Caller, type PluginEntry } from '#core'

/** Two projects, and two keys of the first one. */
export const KEYS: Readonly<Record<string, Caller>> = {
  'sk-one': { projectId: 'project-1', keyId: 'one', scopes: ['write'] },
  'sk-also': { projectId: 'project-1', keyId: 'also', scopes: ['write'] },
  'sk-other': { projectId: 'project-2', keyId: 'other', scopes: ['write'] },
  'sk-reader': { projectId: 'project-1', keyId: 'reader', scopes: ['read'] },
}

/** Asks for one of the keys, as the plugin of accounts does. */
export function fixedKeys(): PluginEntry {
  return definePlugin({
    name: 'fixed-keys',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({
      services: {
        accounts: {
          identify({ authorization, 'x-api-key': apiKey }) {
            const caller = KEYS[authorization?.replace('Bearer ', '') ?? String(apiKey)]
            if (caller) return caller
            const code = authorization || apiKey ? 'invalid_api_key' : 'missing_api_key'
            throw new GatewayError(code, 'This is not a key of this gateway.')
          },
        },
      },
    }),
  })()
}

export function bearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` }
}
