import {
  checkBaseUrl,
  firstSet,
  mergeHeaders,
  timeoutsOf,
  type Connection,
  type ConnectionOptions,
  type Environment,
} from '#core'

/** Where the key is looked for when the options have none. */
export const KEY_VARIABLE = 'ANTHROPIC_API_KEY'
const URL_VARIABLE = 'ANTHROPIC_BASE_URL'
const PUBLIC_ADDRESS = 'https://api.anthropic.com'
const API_VERSION = '2023-06-01'

/** How to reach Anthropic and sign in; undefined without a key. */
export function findConnection(
  options: ConnectionOptions,
  environment: Environment,
): Connection | undefined {
  const apiKey = options.apiKey?.trim() || firstSet(environment, [KEY_VARIABLE])
  if (!apiKey) return undefined
  const address = options.baseUrl ?? firstSet(environment, [URL_VARIABLE]) ?? PUBLIC_ADDRESS
  return {
    // Some tools write the address with the version, as OpenAI does; here the path has it.
    baseUrl: checkBaseUrl(address, 'Anthropic', PUBLIC_ADDRESS).replace(/\/v1$/, ''),
    headers: mergeHeaders(
      { 'x-api-key': apiKey, 'anthropic-version': API_VERSION },
      options.headers,
    ),
    ...timeoutsOf(options.timeouts),
  }
}
