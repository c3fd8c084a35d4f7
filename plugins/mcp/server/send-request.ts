import {
  type CallToolRequest,
  type Client,
  type Result,
  type StandardSchemaV1,
} from '@modelcontextprotocol/client'

import type { McpNotification, McpRequest, McpTool } from '#core'

import type { SendOptions } from './connection.ts'

/** The requests whose answers the SDK checks against the protocol. All others are passed on as they are. */
const KNOWN = new Set([
  'tools/call',
  'tools/list',
  'prompts/get',
  'prompts/list',
  'resources/read',
  'resources/list',
  'resources/templates/list',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'logging/setLevel',
  'ping',
])

const ANY_RESULT: StandardSchemaV1<unknown, Result> = {
  '~standard': {
    version: 1,
    vendor: 'tapgate',
    validate: (value) =>
      typeof value === 'object' && value !== null
        ? { value: value as Result }
        : { issues: [{ message: 'The result is no object.' }] },
  },
}

/** Tools whose arguments are sent as headers too (SEP-2243), without what they say of their results. */
const mirrored = new WeakMap<McpTool, McpTool>()

/** Sends one request. Progress is told under the token that the client itself gave, if it gave one. */
export async function sendRequest(
  client: Client,
  { method, params }: McpRequest,
  { signal, timeoutMs, notify, tool }: SendOptions,
): Promise<Result> {
  const { _meta: given, ...others } = params ?? {}
  const { progressToken, ...meta } = (given ?? {}) as Record<string, unknown>
  const request = {
    method,
    params: Object.keys(meta).length > 0 ? { ...others, _meta: meta } : others,
  }
  const options = {
    timeout: timeoutMs,
    allowInputRequired: true,
    ...(signal && { signal }),
    ...(notify &&
      progressToken !== undefined && { onprogress: tellProgress(notify, progressToken) }),
  }
  if (tool && client.getProtocolEra() === 'modern') {
    const toolDefinition = mirroredTool(tool)
    if (toolDefinition) {
      const call = request.params as CallToolRequest['params']
      return client.callTool(call, { ...options, toolDefinition })
    }
  }
  // Of 2026-07-28 it checks them when it reads them, and would do so a second time.
  const isChecked = client.getProtocolEra() === 'modern' || !KNOWN.has(method)
  if (isChecked) return client.request(request, ANY_RESULT, options)
  return client.request(request as { method: 'ping' }, options)
}

function tellProgress(
  notify: (notification: McpNotification) => void,
  progressToken: unknown,
): (progress: object) => void {
  return (progress) =>
    notify({ method: 'notifications/progress', params: { ...progress, progressToken } })
}

/** Whether a text names the annotation that has an argument sent as a header. */
export function mentionsHeaders(schema: unknown): boolean {
  return JSON.stringify(schema).includes('"x-mcp-header"')
}

const unmirrored = new WeakSet<McpTool>()

/** Whether a call of its tool has arguments that are sent as headers too. */
export function mirrorsArguments({ tool }: SendOptions): boolean {
  return tool !== undefined && mirroredTool(tool) !== undefined
}

function mirroredTool(tool: McpTool): McpTool | undefined {
  if (unmirrored.has(tool)) return undefined
  const known = mirrored.get(tool)
  if (known) return known
  if (!mentionsHeaders(tool.inputSchema)) {
    unmirrored.add(tool)
    return undefined
  }
  const { outputSchema: _unchecked, ...definition } = tool
  mirrored.set(tool, definition)
  return definition
}
