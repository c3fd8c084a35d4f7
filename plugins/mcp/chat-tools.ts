import { definePlugin, GatewayError, requestProblem } from '#core'

import { offerCode } from './chat-tools/code-mode.ts'
import { readServers } from './chat-tools/named-servers.ts'
import { linkTools, offerTools } from './chat-tools/open-tools.ts'

/**
 * Lets chat requests, virtual models and targets use the gateway's MCP servers by `mcp_servers`: the
 * gateway offers their tools to the model and runs the calls itself. See chat-tools.md.
 */
export const chatTools = definePlugin({
  name: 'chat-tools',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      maxTurns: {
        type: 'integer',
        minimum: 1,
        default: 10,
        description: 'How often the model is asked for one request.',
      },
      maxCalls: {
        type: 'integer',
        minimum: 0,
        default: 50,
        description: 'How many tools are called for one request.',
      },
      maxCostUsd: {
        type: 'number',
        exclusiveMinimum: 0,
        description: 'USD after which no more turns are taken, where the price is known.',
      },
      maxTools: {
        type: 'integer',
        minimum: 1,
        default: 128,
        description: 'How many tools a model may be offered: OpenAI takes 128.',
      },
      maxResultCharacters: {
        type: 'integer',
        minimum: 100,
        default: 200_000,
        description: 'How much of one result the model gets to read.',
      },
      codeTimeoutMs: {
        type: 'integer',
        minimum: 100,
        default: 60_000,
        description: 'How long one piece of code may take, in code mode.',
      },
      onBlocked: {
        enum: ['tell', 'end'],
        default: 'tell',
        description: 'When a guard blocks a call: tell the model, or end the request with 446.',
      },
    },
  },
  setup({ options, mcp, services, runTool }) {
    const { maxTurns, maxCalls, maxCostUsd, maxTools, maxResultCharacters, onBlocked } = options
    return {
      services: {
        tools: {
          limits: {
            turns: maxTurns,
            calls: maxCalls,
            costUsd: maxCostUsd,
            resultCharacters: maxResultCharacters,
            onBlocked,
          },
          async open({ servers: named, mode }, exchange) {
            const isCode = readMode(mode) === 'code'
            if (isCode && !('sandbox' in services)) throw noSandbox()
            const servers = readServers(named, exchange.caller, mcp)
            const linked = await linkTools(servers, exchange)
            if (!isCode) return offerTools(linked, maxTools)
            return offerCode(linked, {
              runTool,
              sandbox: services.sandbox,
              mostCalls: Math.min(maxCalls, exchange.request.extra?.mcp?.max_calls ?? Infinity),
              timeoutMs: options.codeTimeoutMs,
            })
          },
        },
      },
    }
  },
})

/** `tools`: each of them is offered. `code`: two, to find them and to write code with them. */
function readMode(mode: unknown): 'tools' | 'code' {
  if (mode === undefined || mode === null || mode === 'tools') return 'tools'
  if (mode === 'code') return mode
  throw requestProblem('mcp_mode', 'must be "tools" or "code"')
}

function noSandbox(): GatewayError {
  const message =
    'Code mode needs something to run code with: add routers() from #plugins/routing/routers.'
  return new GatewayError('unsupported_parameter', message, { param: 'mcp_mode' })
}
