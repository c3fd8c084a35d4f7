import {
  checkBaseUrl,
  firstSet,
  mergeHeaders,
  timeoutsOf,
  type Connection,
  type ConnectionOptions,
  type Environment,
} from '#core'

import type { Preset } from './preset.ts'

/** How to reach the provider and sign in; or, when it is off, what to set to switch it on. */
export function findConnection(
  preset: Preset,
  options: ConnectionOptions,
  environment: Environment,
): { readonly connection: Connection } | { readonly hint: string } {
  const key = options.apiKey?.trim() ?? firstSet(environment, preset.keyVariables)
  const address = options.baseUrl ?? firstSet(environment, preset.urlVariables) ?? preset.baseUrl
  const hasKey = key !== undefined || preset.needsKey === false
  if (address === undefined || !hasKey) {
    const missing = [
      ...(hasKey ? [] : preset.keyVariables.slice(0, 1)),
      ...(address === undefined ? [preset.urlVariables.join(' or ')] : []),
    ]
    return { hint: `Set ${missing.join(' and ')}.` }
  }
  return {
    connection: {
      baseUrl: toBaseUrl(preset, address),
      headers: mergeHeaders(
        {
          ...(key !== undefined && keyHeader(preset, key)),
          ...headersFrom(preset.headerVariables ?? {}, environment),
        },
        options.headers,
      ),
      ...timeoutsOf({ ...preset.timeouts, ...timeoutsOf(options.timeouts).timeouts }),
    },
  }
}

function keyHeader(preset: Preset, key: string): Record<string, string> {
  return preset.keyHeader ? { [preset.keyHeader]: key } : { authorization: `Bearer ${key}` }
}

function headersFrom(
  variables: Readonly<Record<string, string>>,
  environment: Environment,
): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [header, variable] of Object.entries(variables)) {
    const value = firstSet(environment, [variable])
    if (value !== undefined) headers[header] = value
  }
  return headers
}

function toBaseUrl(preset: Preset, address: string): string {
  const url = toUrl(preset, address)
  const path = url.pathname.replace(/\/+$/, '')
  return url.origin + (path === '' && preset.serverPort !== undefined ? '/v1' : path)
}

/** A server of one's own is often told where to listen, not where to call: a host, maybe a port. */
function toUrl(preset: Preset, address: string): URL {
  const isUrl = /^https?:\/\//i.test(address)
  const host = address.startsWith(':') ? `localhost${address}` : address
  const text = isUrl || preset.serverPort === undefined ? address : `http://${host}`
  const example = `http://localhost:${preset.serverPort ?? 8080}/v1`
  const url = new URL(checkBaseUrl(text, preset.title, example))
  if (!isUrl && url.port === '') url.port = String(preset.serverPort)
  // Where to listen on all sides is no place to call.
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = 'localhost'
  return url
}
