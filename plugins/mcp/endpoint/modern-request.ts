import type { ClientCapabilities, Result } from '@modelcontextprotocol/server'

import type { Caller, McpServer } from '#core'

import type { AskLanes } from './ask-lanes.ts'
import { clientKey } from './client-key.ts'
import { capabilitiesOf } from './envelope.ts'
import { canBeAsked, checkInputRequests, mayAsk } from './input-request-check.ts'
import { createLinks, type Links } from './links.ts'
import type { ParkedCall, ParkedCalls, Round } from './parked-calls.ts'
import type { Incoming } from './request-service.ts'
import type { Scope } from './scope.ts'

export interface ModernRequestParts {
  readonly caller: Caller
  readonly scope: Scope
  readonly parkedCalls: ParkedCalls
  readonly lanes: AskLanes
}

/**
 * Serves a request of 2026-07-28. What its server asks goes back as `input_required`: from a server of
 * the same revision as it is, from one of 2025 by keeping the call until the client comes again.
 */
export async function serveModernRequest(
  incoming: Incoming,
  parts: ModernRequestParts,
): Promise<Result> {
  const { request, context, passage, pass } = incoming
  const declared = capabilitiesOf(context)
  const own = { ...passage, takesInputRequired: true }
  const round: Round = {
    caller: clientKey(parts.caller),
    subject: JSON.stringify([
      parts.scope.name,
      request.method,
      request.params?.['name'] ?? request.params?.['uri'],
    ]),
    signal: passage.signal,
    notify: passage.notify,
  }
  const { requestState, inputResponses = {} } = own.params
  if (parts.parkedCalls.owns(requestState)) {
    return parts.parkedCalls.resume(round, requestState, { ...(inputResponses as object) })
  }
  if (!mayAsk(request.method, parts.scope) || !canBeAsked(declared)) {
    const result = await pass(own)
    checkInputRequests(result, declared)
    return result
  }
  const result = await parts.parkedCalls.begin(round, async (call) => {
    const { links, giveBack } = askingLinks(call, declared, parts)
    try {
      return await pass({ ...own, signal: call.signal, notify: call.notify }, links)
    } finally {
      links.release()
      giveBack()
    }
  })
  checkInputRequests(result, declared)
  return result
}

/** Links over which servers of 2025 may ask: each in a session that this call has for itself. */
function askingLinks(
  call: ParkedCall,
  capabilities: ClientCapabilities | undefined,
  { caller, lanes }: ModernRequestParts,
): { readonly links: Links; readonly giveBack: () => void } {
  const taken: { giveBack(): void }[] = []
  const links = createLinks((server: McpServer) => {
    const lane = lanes.take(`${clientKey(caller)} ${JSON.stringify(capabilities)}`, server)
    taken.push(lane)
    return {
      caller,
      sessionId: lane.sessionId,
      signal: call.signal,
      ...(capabilities ? { capabilities } : {}),
      ask: (question, signal) => call.ask(question, signal),
    }
  })
  return {
    links,
    giveBack() {
      for (const lane of taken) lane.giveBack()
    },
  }
}
