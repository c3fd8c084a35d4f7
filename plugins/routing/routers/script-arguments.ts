import type { Exchange } from '#core'

import { headersForScript } from './script-headers.ts'
import type { ScriptModel } from './script-models.ts'

/** What a router script is called with. */
export interface ScriptArguments {
  /** The request in OpenAI's form, without what is said to the gateway. */
  readonly request: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly models: readonly ScriptModel[]
  /** By provider, then by model. */
  readonly metrics: Readonly<Record<string, never>>
}

const SAID_TO_THE_GATEWAY = new Set([
  'router',
  'extra',
  'mcp_servers',
  'mcp_mode',
  'fallbacks',
  'max_retries',
  'cache',
])

/** The arguments of one call. A script that nowhere says `models` is spared the long list. */
export function scriptArguments(
  exchange: Exchange,
  source: string,
  models: () => readonly ScriptModel[],
): ScriptArguments {
  return {
    request: withoutFiles(openAiPart(exchange.request), exchange.bytes?.length),
    headers: headersForScript(exchange.headers),
    models: source.includes('models') ? models() : [],
    metrics: {},
  }
}

function openAiPart(request: Exchange['request']): Readonly<Record<string, unknown>> {
  const said = Object.entries(request).filter(
    ([field, value]) => value !== null && value !== undefined && !SAID_TO_THE_GATEWAY.has(field),
  )
  return Object.fromEntries(said)
}

const SMALL_REQUEST_BYTES = 100_000
const LONGEST_FILE = 1000
const FILE_FIELDS = new Set(['url', 'data', 'file_data'])

/** Images and sounds fill megabytes and tell a script nothing: only how their text begins is passed on. */
function withoutFiles<Request extends object>(
  request: Request,
  bytes: number | undefined,
): Request {
  if (bytes !== undefined && bytes <= SMALL_REQUEST_BYTES) return request
  const json = JSON.stringify(request, (field, value: unknown) =>
    FILE_FIELDS.has(field) && typeof value === 'string' ? value.slice(0, LONGEST_FILE) : value,
  )
  return JSON.parse(json) as Request
}
