import { GatewayError, type Caller, type McpDirectory, type McpTool, requestProblem } from '#core'

import { difference } from './difference.ts'
import { createMembers, type Members } from './members.ts'
import type { PinRow } from './pin-table.ts'
import type { Pins } from './pins.ts'
import type { Picked } from './plan.ts'
import { pinKey } from './review.ts'
import { definitionOf, hashOf } from './tool-definition.ts'
import type { VirtualServer } from './virtual-server.ts'

/** How a picked tool is, compared with what was accepted. */
export interface ToolState {
  /** The name that clients see. */
  readonly tool: string
  readonly server: string
  readonly source_tool: string
  readonly status: 'accepted' | 'changed' | 'missing' | 'unavailable'
  /** Why it is not known how the tool is. */
  readonly message?: string
  readonly accepted: object | null
  readonly current: object | null
  /** A line for each place that is different: `- …` as it was, `+ …` as it is. */
  readonly difference: readonly string[]
}

export interface Changes {
  /** The picked tools as their servers give them now. */
  states(virtual: VirtualServer, caller: Caller, signal: AbortSignal): Promise<readonly ToolState[]>
  /**
   * Accepts a tool as it is now. Throws `tool_not_found`; 400 when its hash is not the given one;
   * 403 when it is shared by all projects and the caller is no operator.
   */
  accept(wish: Acceptance, signal: AbortSignal): Promise<ToolState>
}

export interface Acceptance {
  readonly virtual: VirtualServer
  readonly caller: Caller
  readonly tool: string
  /** What the person has looked at; whatever it is now when absent. */
  readonly hash: string | undefined
}

export function createChanges(mcp: McpDirectory, pins: Pins): Changes {
  async function withMembers<Result>(
    caller: Caller,
    work: (members: Members) => Promise<Result>,
  ): Promise<Result> {
    const members = createMembers(mcp, { caller })
    try {
      return await work(members)
    } finally {
      members.release()
    }
  }

  async function current(
    { server, source }: Picked,
    members: Members,
    signal: AbortSignal,
  ): Promise<McpTool | undefined> {
    const tools = await (await members.link(server)).tools(signal)
    return tools.find(({ name }) => name === source)
  }

  async function stateOf(
    virtual: VirtualServer,
    picked: Picked,
    members: Members,
    signal: AbortSignal,
  ): Promise<ToolState> {
    try {
      const tool = await current(picked, members, signal)
      const key = pinKey(virtual, picked, members.server(picked.server))
      return toState(picked, tool ? await pins.findOrAccept(key, tool) : pins.find(key), tool)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      const { message } = error
      return { ...toState(picked, undefined, undefined), status: 'unavailable', message }
    }
  }

  return {
    states: (virtual, caller, signal) =>
      withMembers(caller, (members) =>
        Promise.all(
          [...(virtual.plan?.tools.values() ?? [])].map((picked) =>
            stateOf(virtual, picked, members, signal),
          ),
        ),
      ),
    accept: ({ virtual, caller, tool: name, hash }, signal) =>
      withMembers(caller, async (members) => {
        const picked = virtual.plan?.tools.get(name)
        if (!picked) throw noTool(virtual.name, name)
        const tool = await current(picked, members, signal)
        if (!tool) throw noTool(picked.server, picked.source)
        const member = members.server(picked.server)
        const isShared = virtual.projectId === null && member.projectId === null
        if (isShared) refuseUnlessOperator(caller)
        if (hash !== undefined && hash !== hashOf(tool)) {
          throw requestProblem('hash', 'is not that of the tool as it is now: look at it again')
        }
        return toState(picked, await pins.accept(pinKey(virtual, picked, member), tool), tool)
      }),
  }
}

function toState(picked: Picked, row: PinRow | undefined, tool: McpTool | undefined): ToolState {
  const accepted = row
    ? { hash: row.hash, definition: row.definition, accepted_at: row.accepted_at }
    : null
  const current = tool ? { hash: hashOf(tool), definition: definitionOf(tool) } : null
  const isAccepted = accepted !== null && accepted.hash === current?.hash
  return {
    tool: picked.name,
    server: picked.server,
    source_tool: picked.source,
    status: current === null ? 'missing' : isAccepted ? 'accepted' : 'changed',
    accepted,
    current,
    difference: accepted && current ? difference(accepted.definition, current.definition) : [],
  }
}

function refuseUnlessOperator({ scopes }: Caller): void {
  if (scopes.includes('operator')) return
  const message =
    'The virtual server is of the config file: who accepts needs the scope "operator".'
  throw new GatewayError('insufficient_scope', message)
}

function noTool(server: string, tool: string): GatewayError {
  const message = `The server "${server}" has no tool "${tool}".`
  return new GatewayError('tool_not_found', message, { param: 'tool' })
}
