import { GatewayError, type Logger, type McpDirectory, type McpPeer, type McpServer } from '#core'

import type { Pins } from './pins.ts'
import type { Plan } from './plan.ts'
import { createReview } from './review.ts'
import { createVirtualLink } from './virtual-link.ts'

/** A virtual server whose definition may change while clients are connected to it. */
export interface VirtualServer extends McpServer {
  readonly plan: Plan | undefined
  /** Takes another definition, or none: it is deleted. Clients are told that its lists have changed. */
  become(plan: Plan | undefined): void
  /** Tells its clients that its tools may have become others. */
  tellToolsChanged(): void
}

export interface VirtualServerParts {
  readonly name: string
  readonly source: 'config' | 'api'
  readonly projectId: string | null
  readonly plan: Plan
  readonly mcp: McpDirectory
  readonly pins: Pins
  readonly log: Logger
}

const LISTS = ['tools', 'prompts', 'resources']

export function createVirtualServer(parts: VirtualServerParts): VirtualServer {
  const { name, source, projectId, mcp, pins, log } = parts
  const peers = new Set<{ readonly peer: McpPeer }>()
  const review = createReview(parts, pins, log)
  let plan: Plan | undefined = parts.plan

  function currentPlan(): Plan {
    if (plan) return plan
    throw new GatewayError('mcp_server_not_found', `The virtual server "${name}" was deleted.`)
  }

  function tell(lists: readonly string[]): void {
    for (const { peer } of peers) {
      for (const list of lists) peer.notify?.({ method: `notifications/${list}/list_changed` })
    }
  }

  return {
    name,
    source,
    projectId,
    transport: 'virtual',
    get title() {
      return plan?.definition.title ?? name
    },
    get description() {
      return plan?.definition.description ?? ''
    },
    get plan() {
      return plan
    },
    status() {
      if (!plan) return { state: 'disabled', message: 'It was deleted.' }
      const held = review.heldBack().filter((tool) => plan?.tools.has(tool))
      if (held.length === 0) return { state: 'ready' }
      const message = `Held back, because they have changed: ${held.join(', ')}.`
      return { state: 'ready', message: `${message} See "tapgate mcp changes ${name}".` }
    },
    async connect(peer) {
      const entry = { peer }
      const link = createVirtualLink({
        virtualServer: name,
        plan: currentPlan,
        mcp,
        review,
        log,
        peer,
        onRelease() {
          peers.delete(entry)
          peer.signal?.removeEventListener('abort', release)
        },
      })
      const release = (): void => link.release()
      peers.add(entry)
      peer.signal?.addEventListener('abort', release, { once: true })
      return link
    },
    become(next) {
      plan = next
      tell(LISTS)
    },
    tellToolsChanged: () => tell(['tools']),
  }
}
