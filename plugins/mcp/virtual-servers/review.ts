import { ANYBODY, GatewayError, type Logger, type McpServer, type McpTool } from '#core'

import type { PinKey } from './pin-table.ts'
import type { Pins } from './pins.ts'
import type { Picked } from './plan.ts'
import { hashOf } from './tool-definition.ts'

/** Holds tools back whose definition is no longer the accepted one. */
export interface Review {
  /** Whether the tool is what was accepted. One that was never seen is accepted. */
  isAccepted(picked: Picked, tool: McpTool, member: McpServer): Promise<boolean>
  /** The names of the tools that were held back when they were last looked at. */
  heldBack(): readonly string[]
}

export interface Reviewed {
  /** Of the virtual server. */
  readonly name: string
  /** Null: of the config file. */
  readonly projectId: string | null
}

export function createReview(virtual: Reviewed, pins: Pins, log: Logger): Review {
  const held = new Map<string, string>()
  return {
    async isAccepted(picked, tool, member) {
      const key = pinKey(virtual, picked, member)
      const row = await pins.findOrAccept(key, tool)
      const hash = hashOf(tool)
      if (row?.hash === hash) {
        held.delete(picked.name)
        return true
      }
      if (held.get(picked.name) !== hash) {
        const { name: virtualServer } = virtual
        log.warn('A tool has changed, and is held back until it is accepted.', {
          virtualServer,
          tool: picked.reference,
          accepted: row?.hash,
          hash,
        })
      }
      held.set(picked.name, hash)
      return false
    },
    heldBack: () => [...held.keys()],
  }
}

/**
 * Where a pin is kept. What all projects share is accepted once for all of them; a server that a
 * project made itself can change nothing but what that project sees.
 */
export function pinKey(virtual: Reviewed, { reference }: Picked, member: McpServer): PinKey {
  const projectId = virtual.projectId ?? member.projectId ?? ANYBODY.projectId
  return { projectId, virtualServer: virtual.name, tool: reference }
}

/** The fault of a call of a tool that is held back. */
export function toolChanged(virtualServer: string, { name, reference }: Picked): GatewayError {
  const changes = `/api/mcp/virtual-servers/${virtualServer}/changes`
  const message =
    `The tool "${name}" is held back: "${reference}" has changed since it was accepted. ` +
    `See GET ${changes}, or "tapgate mcp changes ${virtualServer}".`
  return new GatewayError('mcp_tool_changed', message, { details: { changes }, shouldRetry: false })
}
