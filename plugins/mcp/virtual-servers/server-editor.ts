import {
  type Caller,
  type Database,
  didYouMean,
  GatewayError,
  type McpDirectory,
  type McpTool,
  requestProblem,
} from '#core'

import type { KnownServers } from './known-servers.ts'
import { createMembers, memberNamed } from './members.ts'
import { pin, unpinOthers } from './pin-table.ts'
import { pinned } from './pins.ts'
import type { Picked, Plan } from './plan.ts'
import { deleteServer, insertServer, type ServerKey, updateServer } from './server-table.ts'

/**
 * Changes the virtual servers of a project. What is picked is looked up and pinned as it is at that
 * moment; what was picked before keeps its pin. Throws GatewayErrors.
 */
export interface ServerEditor {
  create(name: string, plan: Plan, caller: Caller, signal: AbortSignal): Promise<void>
  save(name: string, plan: Plan, caller: Caller, signal: AbortSignal): Promise<void>
  remove(name: string, caller: Caller): Promise<void>
}

export interface ServerEditorParts {
  readonly database: Database
  readonly mcp: McpDirectory
  readonly known: KnownServers
  /** Reads what has changed in the tables. */
  readonly refresh: () => Promise<void>
}

/** Characters of JSON: all definitions are kept in memory. */
const LONGEST_DEFINITION = 256 * 1024

export function createServerEditor(parts: ServerEditorParts): ServerEditor {
  const { database, mcp, known, refresh } = parts

  /** The definitions of the picked tools now, by their reference. */
  async function lookUp(
    plan: Plan,
    before: Plan | undefined,
    caller: Caller,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, McpTool>> {
    if (JSON.stringify(plan.definition).length > LONGEST_DEFINITION) {
      throw requestProblem('', `must not be longer than ${LONGEST_DEFINITION} characters`)
    }
    for (const { server, path } of [...plan.prompts.values(), ...plan.resources]) {
      memberNamed(mcp, server, caller.projectId, path)
    }
    const old = new Set([...(before?.tools.values() ?? [])].map(({ reference }) => reference))
    const fresh = [...plan.tools.values()].filter(({ reference }) => !old.has(reference))
    for (const { server, path } of fresh) memberNamed(mcp, server, caller.projectId, path)
    const members = createMembers(mcp, { caller })
    try {
      const found = await Promise.all(
        fresh.map(async (picked) => {
          const tools = await (await members.link(picked.server)).tools(signal)
          return [picked.reference, toolIn(tools, picked)] as const
        }),
      )
      return new Map(found)
    } finally {
      members.release()
    }
  }

  async function pinAll(
    key: ServerKey,
    plan: Plan,
    tools: ReadonlyMap<string, McpTool>,
    query: Database['query'],
  ): Promise<void> {
    const { projectId, name: virtualServer } = key
    const references = [...plan.tools.values()].map(({ reference }) => reference)
    await unpinOthers({ query }, projectId, virtualServer, references)
    for (const [tool, definition] of tools) {
      await pin({ query }, { projectId, virtualServer, tool }, pinned(definition))
    }
  }

  function refuseConfigured(name: string): void {
    if (!known.configured().some((one) => one.name === name)) return
    const message = `"${name}" is a virtual server of the config file, which only the config file changes.`
    throw new GatewayError('declared_in_config', message, { param: 'name' })
  }

  return {
    async create(name, plan, caller, signal) {
      refuseConfigured(name)
      const { projectId } = caller
      if (mcp.find(name, projectId)) throw nameTaken(name)
      const tools = await lookUp(plan, undefined, caller, signal)
      const key = { projectId, name }
      await database.transaction(async (query) => {
        if (!(await insertServer({ query }, key, plan.definition))) throw nameTaken(name)
        await pinAll(key, plan, tools, query)
      })
      await refresh()
    },
    async save(name, plan, caller, signal) {
      refuseConfigured(name)
      const { projectId } = caller
      await refresh()
      const before = known.find(name, projectId)
      if (!before) throw noServer(name)
      const tools = await lookUp(plan, before.plan, caller, signal)
      const key = { projectId, name }
      await database.transaction(async (query) => {
        if (!(await updateServer({ query }, key, plan.definition))) throw noServer(name)
        await pinAll(key, plan, tools, query)
      })
      await refresh()
    },
    async remove(name, { projectId }) {
      refuseConfigured(name)
      const key = { projectId, name }
      await database.transaction(async (query) => {
        if (!(await deleteServer({ query }, key))) throw noServer(name)
        await unpinOthers({ query }, projectId, name, [])
      })
      await refresh()
    },
  }
}

function toolIn(tools: readonly McpTool[], { server, source, path }: Picked): McpTool {
  const tool = tools.find(({ name }) => name === source)
  if (tool) return tool
  const names = tools.map(({ name }) => name)
  const message = `The server "${server}" has no tool "${source}"${didYouMean(source, names)}.`
  throw new GatewayError('tool_not_found', message.replace('?.', '?'), { param: path })
}

/** The fault of a name that no virtual server has. */
export function noServer(name: string): GatewayError {
  const message = `This project has no virtual server "${name}".`
  return new GatewayError('mcp_server_not_found', message, { param: 'name' })
}

function nameTaken(name: string): GatewayError {
  const message = `There is an MCP server "${name}" already.`
  return new GatewayError('name_taken', message, { param: 'name' })
}
