import type { Exchange } from '#core'

import type { ScriptBudget } from './router-script.ts'
import { mentions, type ScriptFacts } from './script-facts.ts'
import { headersForScript } from './script-headers.ts'

/** What a script is called with, but for what all scripts are told alike, and for `random`. */
export interface OwnArguments {
  /** The request in OpenAI's form, without what is said to the gateway. */
  readonly request: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly budget: ScriptBudget
}

/** Nobody keeps budgets that could be told. */
const UNKNOWN_BUDGET: ScriptBudget = { remaining_usd: null, limit_usd: null, resets_at: null }

const SAID_TO_THE_GATEWAY = new Set([
  'router',
  'extra',
  'mcp_servers',
  'mcp_mode',
  'fallbacks',
  'max_retries',
  'cache',
])

/** The arguments of one call; headers are looked through only for a script that says `headers`. */
export function ownArguments(source: string, exchange: Exchange): OwnArguments {
  return {
    request: withoutFiles(openAiPart(exchange.request), exchange.text?.length),
    headers: mentions(source, 'headers') ? headersForScript(exchange.headers) : {},
    budget: UNKNOWN_BUDGET,
  }
}

/** The other arguments as JSON. A script that nowhere says `models` is spared the long list. */
export function factsFor(
  source: string,
  facts: ScriptFacts,
  exchange: Exchange,
): Readonly<Record<string, string>> {
  return {
    models: mentions(source, 'models') ? facts.models() : '[]',
    metrics: mentions(source, 'metrics')
      ? facts.metrics(exchange.caller.projectId, exchange.trial?.metrics?.snapshot())
      : '{}',
  }
}

/** The same request draws the same numbers again: an exchange by its id, a trial by its own chance. */
export function seedOf({ id, trial }: Exchange): string {
  return trial?.random ? String(trial.random()) : id
}

function openAiPart(request: Exchange['request']): Readonly<Record<string, unknown>> {
  const own: Record<string, unknown> = {}
  for (const field of Object.keys(request)) {
    const value = request[field]
    if (value !== null && value !== undefined && !SAID_TO_THE_GATEWAY.has(field)) own[field] = value
  }
  return own
}

const SMALL_REQUEST_LENGTH = 100_000
const LONGEST_FILE = 1000
const FILE_FIELDS = new Set(['url', 'data', 'file_data'])

/** Images and sounds fill megabytes and tell a script nothing: only how their text begins is passed on. */
function withoutFiles<Request extends object>(
  request: Request,
  length: number | undefined,
): Request {
  if (length !== undefined && length <= SMALL_REQUEST_LENGTH) return request
  const json = JSON.stringify(request, (field, value: unknown) =>
    FILE_FIELDS.has(field) && typeof value === 'string' ? value.slice(0, LONGEST_FILE) : value,
  )
  return JSON.parse(json) as Request
}
