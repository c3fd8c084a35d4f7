import {
  checkBaseUrl,
  firstSet,
  mergeHeaders,
  timeoutsOf,
  type Connection,
  type ConnectionOptions,
  type Environment,
} from '#core'

const PUBLIC_ADDRESS = 'https://generativelanguage.googleapis.com'

/** How to reach Google and sign in; undefined without a key. */
export function findConnection(
  options: ConnectionOptions,
  environment: Environment,
): Connection | undefined {
  const apiKey =
    options.apiKey?.trim() || firstSet(environment, ['GEMINI_API_KEY', 'GOOGLE_API_KEY'])
  if (!apiKey) return undefined
  const address =
    options.baseUrl ?? firstSet(environment, ['GEMINI_BASE_URL', 'GOOGLE_GEMINI_BASE_URL'])
  return {
    baseUrl: withVersion(checkBaseUrl(address ?? PUBLIC_ADDRESS, 'Google Gemini', PUBLIC_ADDRESS)),
    headers: mergeHeaders({ 'x-goog-api-key': apiKey }, options.headers),
    ...timeoutsOf(options.timeouts),
  }
}

/** Google's own libraries leave the version out of the address. */
function withVersion(url: string): string {
  return /\/v\d+\w*$/.test(url) ? url : `${url}/v1beta`
}
