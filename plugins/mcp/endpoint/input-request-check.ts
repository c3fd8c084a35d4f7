import {
  isInputRequiredResult,
  MissingRequiredClientCapabilityError,
  type ClientCapabilities,
  type Result,
} from '@modelcontextprotocol/server'

import type { Scope } from './scope.ts'

/** What a client must have declared to be asked something. */
function capabilityToAsk(method: string): keyof ClientCapabilities | undefined {
  if (method === 'sampling/createMessage') return 'sampling'
  if (method === 'elicitation/create') return 'elicitation'
  if (method === 'roots/list') return 'roots'
  return undefined
}

/** The requests during which a server may ask its client. */
const ASKING_METHODS: readonly string[] = ['tools/call', 'prompts/get', 'resources/read']

/**
 * Whether a request goes to one server, which may ask meanwhile. Whose a resource is must be found
 * out among many servers: too many to open a connection of one's own to each.
 */
export function mayAsk(method: string, scope: Scope): boolean {
  if (method === 'resources/read' && scope.name === undefined) return false
  return ASKING_METHODS.includes(method)
}

/** Whether a client can be asked anything at all while it is served. */
export function canBeAsked(declared: ClientCapabilities | undefined): boolean {
  return Boolean(declared?.sampling ?? declared?.elicitation ?? declared?.roots)
}

/**
 * Lets an `input_required` result pass only when the client declared that it can answer all that is
 * asked there. Throws -32021 otherwise, as the revision 2026-07-28 wants of servers.
 */
export function checkInputRequests(result: Result, declared: ClientCapabilities | undefined): void {
  if (!isInputRequiredResult(result)) return
  for (const request of Object.values(result.inputRequests ?? {})) {
    const needed = capabilityToAsk(request.method)
    if (needed === undefined || declared?.[needed]) continue
    throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { [needed]: {} } })
  }
}
