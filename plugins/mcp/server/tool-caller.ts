import type { IncomingHttpHeaders } from 'node:http'

import type { Result } from '@modelcontextprotocol/client'

import {
  GatewayError,
  type McpPeer,
  type McpRequest,
  type McpRequestOptions,
  type McpTool,
  type McpToolCall,
  type RunTool,
  type ToolAnswer,
} from '#core'

import { checkArguments } from './argument-check.ts'
import type { McpServerDefinition } from './definition.ts'
import type { ListCache } from './list-cache.ts'
import { callLimits, offerTools, type OfferedTool, type OfferedTools } from './policy.ts'
import { metaOf, withMeta, withTrace } from './request-meta.ts'
import { cacheKey, isRepeatable, type ResultCache } from './result-cache.ts'
import { checkSize } from './result-size.ts'
import { GUARD_TIME_MS } from './run-request.ts'
import type { Turnstiles } from './turnstiles.ts'

export interface ToolCallerParts {
  readonly definition: McpServerDefinition
  readonly lists: ListCache
  readonly runTool: RunTool
  readonly turnstiles: Turnstiles
  /** Undefined when results are not kept, or belong to whoever asked. */
  readonly results: ResultCache | undefined
}

export interface CallParts {
  readonly call: McpToolCall
  readonly options: McpRequestOptions
  readonly peer: McpPeer
  readonly callerKey: string
  readonly send: (request: McpRequest, sending: SendCall) => Promise<Result>
}

export interface SendCall {
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly tool: McpTool
  /** Guards will read the result. */
  readonly isResultRead: boolean
}

/** Offers the tools of a server under the operator's policy, and calls them. */
export interface ToolCaller {
  offered(callerKey: string): Promise<OfferedTools>
  call(parts: CallParts): Promise<ToolAnswer>
}

export function createToolCaller(parts: ToolCallerParts): ToolCaller {
  const { definition, lists, runTool, turnstiles, results } = parts
  const { name: server } = definition
  const offers = new WeakMap<readonly McpTool[], OfferedTools>()

  async function offered(callerKey: string, isAnew = false): Promise<OfferedTools> {
    const list = await (isAnew ? lists.refresh('tools', callerKey) : lists.get('tools', callerKey))
    const known = offers.get(list)
    if (known) return known
    const made = offerTools(definition, list)
    offers.set(list, made)
    return made
  }

  async function find(name: string, callerKey: string): Promise<OfferedTool> {
    const tools = await offered(callerKey)
    const tool = tools.byName.get(name) ?? (await offered(callerKey, true)).byName.get(name)
    if (tool) return tool
    const message = `The MCP server "${server}" has no tool "${name}".`
    throw new GatewayError('tool_not_found', message, { details: { server, tool: name } })
  }

  return {
    offered: (callerKey) => offered(callerKey),
    async call({ call, options, peer, callerKey, send }) {
      const { own } = await find(call.name, callerKey)
      checkArguments(own, call.arguments)
      const { timeoutMs, costPerCall, maxResultBytes } = callLimits(definition, own.name)
      // A round of questions belongs to one call of one caller.
      const isWhole = call.params?.['inputResponses'] === undefined
      const mayKeep = results && isWhole && isRepeatable(own)
      const key = mayKeep
        ? cacheKey([peer.caller.projectId, peer.user, own.name, call.arguments])
        : undefined
      const kept = key === undefined ? undefined : results?.read(key)

      return runTool({
        server,
        tool: own.name,
        arguments: call.arguments,
        caller: peer.caller,
        timeoutMs: timeoutMs + GUARD_TIME_MS,
        cost: kept ? '0' : costPerCall,
        signal: options.signal,
        clientIp: call.clientIp,
        ...(call.parent && { parent: call.parent }),
        // Headers as Node.js has them, and nobody else makes them up.
        ...(call.headers && { headers: call.headers as IncomingHttpHeaders }),
        async call(args, { signal, exchange, isResultRead }) {
          if (kept) return kept
          const params = { ...call.params, name: own.name, arguments: args }
          const request = withTrace(withChatMeta({ method: 'tools/call', params }, call), exchange)
          const sendAs = (tool: McpTool): Promise<Result> =>
            turnstiles.run(own.name, signal, () =>
              send(request, { signal, timeoutMs, tool, isResultRead }),
            )
          const result = await sendAs(own).catch(async (error: unknown) => {
            // The tool wants other headers than it did. It was not run, so it may be asked again.
            if (!isHeaderMismatch(error)) throw error
            const fresh = (await offered(callerKey, true)).byName.get(call.name)
            if (!fresh) throw error
            return sendAs(fresh.own)
          })
          checkSize(server, result, maxResultBytes)
          // The SDK has checked it, and `input_required` is handed on to those who asked for it.
          const answer = result as ToolAnswer
          if (key !== undefined && !answer.isError && Array.isArray(answer.content)) {
            results?.write(key, answer)
          }
          return answer
        },
      })
    },
  }

  /** As LangDB does: the environment that the request describes, or else the tags of the chat. */
  function withChatMeta(request: McpRequest, { parent }: McpToolCall): McpRequest {
    if (!parent) return request
    const { transport } = definition
    const env = transport.type === 'http' || transport.type === 'sse' ? transport.env : undefined
    const said = env ? { env_vars: env } : parent.tags
    return withMeta(request, { ...said, ...metaOf(request.params) })
  }
}

const HEADER_MISMATCH = -32_020

function isHeaderMismatch(error: unknown): boolean {
  if (!(error instanceof GatewayError) || error.code !== 'mcp_error') return false
  const said = error.details?.['mcp']
  return (
    typeof said === 'object' && said !== null && 'code' in said && said.code === HEADER_MISMATCH
  )
}
