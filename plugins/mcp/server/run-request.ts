import type { IncomingHttpHeaders } from 'node:http'

import type { Result } from '@modelcontextprotocol/client'

import type { McpPeer, McpRequest, McpRequestOptions, RunTool, ToolAnswer } from '#core'

import { withTrace } from './request-meta.ts'
import { checkSize } from './result-size.ts'

export interface RequestRunnerParts {
  readonly server: string
  readonly peer: McpPeer
  readonly runTool: RunTool
  readonly timeoutMs: number
  readonly maxResultBytes: number
}

/** Guards have limits of their own, and must not be the reason why a call is called too slow. */
export const GUARD_TIME_MS = 10_000

type Send = (request: McpRequest, signal: AbortSignal, isResultRead: boolean) => Promise<Result>

/**
 * Runs a request that brings in text (`resources/read`, `prompts/get`) as tools are run: with limits,
 * guards, and a row in the ledger under the name of its method.
 */
export function createRequestRunner(
  parts: RequestRunnerParts,
): (request: McpRequest, options: McpRequestOptions, send: Send) => Promise<Result> {
  const { server, peer, runTool, timeoutMs, maxResultBytes } = parts
  return async ({ method, params }, { signal, headers, clientIp, parent }, send) => {
    const { _meta, inputResponses, requestState, ...args } = params ?? {}
    const others = {
      ...(_meta !== undefined && { _meta }),
      ...(inputResponses !== undefined && { inputResponses }),
      ...(requestState !== undefined && { requestState }),
    }
    return runTool({
      server,
      tool: method,
      arguments: args,
      caller: peer.caller,
      timeoutMs: timeoutMs + GUARD_TIME_MS,
      signal,
      clientIp,
      ...(parent && { parent }),
      // Headers as Node.js has them, and nobody else makes them up.
      ...(headers && { headers: headers as IncomingHttpHeaders }),
      async call(reviewed, { signal: until, exchange, isResultRead }) {
        const request = withTrace({ method, params: { ...reviewed, ...others } }, exchange)
        const result = await send(request, until, isResultRead)
        checkSize(server, result, maxResultBytes)
        // What it holds is another sort of content, which the guards read as well.
        return result as ToolAnswer
      },
    })
  }
}
