import {
  checkBaseUrl,
  mergeHeaders,
  timeoutsOf,
  type Connection,
  type ConnectionOptions,
} from '#core'

const PUBLIC_ADDRESS = 'https://generativelanguage.googleapis.com'

type Environment = Readonly<Record<string, string | undefined>>

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

/** The value of the first variable that says something: compose files set unused ones to "". */
function firstSet(environment: Environment, variables: readonly string[]): string | undefined {
  return variables.map((variable) => environment[variable]?.trim()).find(Boolean)
}

/** Google's own libraries leave the version out of the address. */
function withVersion(url: string): string {
  return /\/v\d+\w*$/.test(url) ? url : `${url}/v1beta`
}
