import { ProtocolError, ProtocolErrorCode, type Result } from '@modelcontextprotocol/client'

import type { McpRequest, McpTool, ToolAnswer } from '#core'

import type { Connection, SendOptions } from './connection.ts'
import type { InMemoryTool, InMemoryTransport, ToolOutput } from './definition.ts'

const PROTOCOL_VERSION = '2026-07-28'
const ANY_OBJECT = { type: 'object' } as const

/** Tools of this process, behind the same face as servers elsewhere, without a protocol between. */
export function openInMemory({ tools, instructions }: InMemoryTransport): Connection {
  const byName = new Map(tools.map((tool) => [tool.name, tool]))
  const list = { tools: tools.map(toListed), ttlMs: 86_400_000, cacheScope: 'public' }

  async function request(asked: McpRequest, { signal, timeoutMs }: SendOptions): Promise<Result> {
    if (asked.method === 'tools/list') return list
    if (asked.method !== 'tools/call') {
      throw new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found')
    }
    const tool = byName.get(String(asked.params?.['name']))
    if (!tool) throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such tool.')
    const args = (asked.params?.['arguments'] ?? {}) as Readonly<Record<string, unknown>>
    const limit = AbortSignal.timeout(timeoutMs)
    return runTool(tool, args, signal ? AbortSignal.any([signal, limit]) : limit)
  }

  return {
    capabilities: { tools: {} },
    instructions,
    protocolVersion: PROTOCOL_VERSION,
    isModern: true,
    request,
    onEnd: () => undefined,
    close: () => Promise.resolve(),
  }
}

function toListed(tool: InMemoryTool): McpTool {
  const { name, title, description, inputSchema = ANY_OBJECT, outputSchema, annotations } = tool
  // JSON Schema, as the protocol has it.
  return { name, title, description, inputSchema, outputSchema, annotations } as McpTool
}

async function runTool(
  tool: InMemoryTool,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  signal.throwIfAborted()
  let stop = (): void => undefined
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return toAnswer(await Promise.race([tool.run(args, { signal }), stopped]))
  } catch (error) {
    signal.throwIfAborted()
    const text = error instanceof Error ? error.message : String(error)
    return { content: [{ type: 'text', text }], isError: true }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function toAnswer(output: ToolOutput): ToolAnswer {
  if (typeof output === 'string') return { content: [{ type: 'text', text: output }] }
  if (isAnswer(output)) return output
  const text = JSON.stringify(output)
  return { content: [{ type: 'text', text }], structuredContent: output }
}

function isAnswer(output: object): output is ToolAnswer {
  return 'content' in output && Array.isArray(output.content)
}
