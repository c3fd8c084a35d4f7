import { setTimeout as wait } from 'node:timers/promises'

import {
  isInputRequiredResult,
  MissingRequiredClientCapabilityError,
  type Result,
} from '@modelcontextprotocol/client'

import { GatewayError, type McpPeer, type McpRequest } from '#core'

const MAX_ROUNDS = 10
/** A server that only wants to be asked again is not asked at once. */
const PAUSE_MS = 250

const CAPABILITY_OF: Readonly<Record<string, 'sampling' | 'elicitation' | 'roots'>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
}

/**
 * Sends a request until its result is complete: what the server of 2026-07-28 wants to know
 * (`input_required`) is asked of the peer, and sent with the request the next time.
 */
export async function answerInput(
  request: McpRequest,
  peer: McpPeer,
  signal: AbortSignal,
  send: (request: McpRequest) => Promise<Result>,
): Promise<Result> {
  let result = await send(request)
  for (let round = 0; isInputRequiredResult(result); round += 1) {
    if (round === MAX_ROUNDS) throw askedTooOften()
    const { inputRequests = {}, requestState } = result
    const asked = Object.entries(inputRequests)
    if (asked.length === 0) await wait(PAUSE_MS, undefined, { signal })
    const answers = await Promise.all(
      asked.map(async ([key, one]) => [key, await ask(peer, one as McpRequest, signal)] as const),
    )
    const params = {
      ...request.params,
      ...(answers.length > 0 && { inputResponses: Object.fromEntries(answers) }),
      ...(requestState !== undefined && { requestState }),
    }
    result = await send({ method: request.method, params })
  }
  return result
}

/** Asks the client of a peer, when it can be asked this. */
export async function ask(peer: McpPeer, asked: McpRequest, signal: AbortSignal): Promise<Result> {
  const capability = CAPABILITY_OF[asked.method]
  if (!peer.ask || capability === undefined || !peer.capabilities?.[capability]) {
    const { code, message } = new MissingRequiredClientCapabilityError({
      requiredCapabilities: capability ? { [capability]: {} } : {},
    })
    const said = `The MCP server asks its client (${asked.method}), which this client does not answer.`
    throw new GatewayError('mcp_error', said, {
      shouldRetry: false,
      details: { mcp: { code, message } },
    })
  }
  return peer.ask(asked, signal)
}

function askedTooOften(): GatewayError {
  const message = `The MCP server asked its client ${MAX_ROUNDS} times and still gave no result.`
  return new GatewayError('mcp_error', message, { shouldRetry: false })
}
