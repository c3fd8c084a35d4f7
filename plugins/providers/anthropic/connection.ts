import {
  checkBaseUrl,
  mergeHeaders,
  timeoutsOf,
  type Connection,
  type ConnectionOptions,
} from '#core'

/** Where the key is looked for when the options have none. */
export const KEY_VARIABLE = 'ANTHROPIC_API_KEY'
const URL_VARIABLE = 'ANTHROPIC_BASE_URL'
const PUBLIC_ADDRESS = 'https://api.anthropic.com'
const API_VERSION = '2023-06-01'

/** How to reach Anthropic and sign in; undefined without a key. */
export function findConnection(
  options: ConnectionOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Connection | undefined {
  // Compose files set what is unused to "".
  const apiKey = options.apiKey?.trim() || environment[KEY_VARIABLE]?.trim()
  if (!apiKey) return undefined
  const address = options.baseUrl ?? (environment[URL_VARIABLE]?.trim() || PUBLIC_ADDRESS)
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
