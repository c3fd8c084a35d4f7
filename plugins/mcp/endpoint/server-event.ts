import type { ServerEvent } from '@modelcontextprotocol/server'

import type { McpNotification } from '#core'

/** What a server tells of a change, as subscriptions of 2026-07-28 carry it. */
export function toServerEvent({ method, params }: McpNotification): ServerEvent | undefined {
  switch (method) {
    case 'notifications/tools/list_changed':
      return { kind: 'tools_list_changed' }
    case 'notifications/prompts/list_changed':
      return { kind: 'prompts_list_changed' }
    case 'notifications/resources/list_changed':
      return { kind: 'resources_list_changed' }
    case 'notifications/resources/updated': {
      const uri = params?.['uri']
      return typeof uri === 'string' ? { kind: 'resource_updated', uri } : undefined
    }
    default:
      return undefined
  }
}
