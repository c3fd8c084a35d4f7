import type { McpTool } from '#core'

/** What the operator decides of a server's tools. Tools are named as the server itself names them. */
export interface ServerPolicy {
  /** Only these are offered; `*` stands for any letters. All, when it is left out. */
  readonly allow?: readonly string[] | undefined
  /** These are not, even when they are allowed. */
  readonly deny?: readonly string[] | undefined
  /** Other names for tools: `{ "read_file": "read" }`. */
  readonly rename?: Readonly<Record<string, string>> | undefined
  /** Other descriptions, which the models read instead of the server's. */
  readonly descriptions?: Readonly<Record<string, string>> | undefined
  /** The longest that one call may take. */
  readonly timeoutMs?: number | undefined
  /** How many calls may run at once; no limit when it is left out. */
  readonly concurrency?: number | undefined
  /** How many calls may wait for their turn. */
  readonly maxQueue?: number | undefined
  /** USD as a decimal string. */
  readonly costPerCall?: string | undefined
  readonly maxResultBytes?: number | undefined
  /** Keeps results of tools that say that they change nothing (`readOnlyHint`, `idempotentHint`). */
  readonly cache?: { readonly ttlMs: number } | undefined
  /** What holds for one tool instead. */
  readonly tools?: Readonly<Record<string, ToolPolicy>> | undefined
  /** The longest that starting, connecting or listing may take. */
  readonly connectTimeoutMs?: number | undefined
  /** After how long without a request it is disconnected, or its process ended. */
  readonly idleTimeoutMs?: number | undefined
}

export interface ToolPolicy {
  readonly timeoutMs?: number | undefined
  readonly concurrency?: number | undefined
  readonly costPerCall?: string | undefined
}

/** What holds for the calls of one tool. */
export interface CallLimits {
  readonly timeoutMs: number
  readonly costPerCall: string | null
  readonly maxResultBytes: number
}

export const DEFAULT_TIMEOUT_MS = 60_000
export const DEFAULT_MAX_RESULT_BYTES = 1024 * 1024

export function callLimits(policy: ServerPolicy, tool?: string): CallLimits {
  const own = tool === undefined ? undefined : ownValue(policy.tools, tool)
  return {
    timeoutMs: own?.timeoutMs ?? policy.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    costPerCall: own?.costPerCall ?? policy.costPerCall ?? null,
    maxResultBytes: policy.maxResultBytes ?? DEFAULT_MAX_RESULT_BYTES,
  }
}

/** A tool as callers see it, and as the server knows it. */
export interface OfferedTool {
  readonly offered: McpTool
  readonly own: McpTool
}

/** The tools of a server after the operator's policy. */
export interface OfferedTools {
  readonly list: readonly McpTool[]
  readonly byName: ReadonlyMap<string, OfferedTool>
}

/** The longest name of a tool (https://modelcontextprotocol.io/specification/2025-11-25/server/tools#tool-names). */
const MAX_NAME_LETTERS = 128

/** Hides, renames and describes anew: once for each list that a server gives. */
export function offerTools(policy: ServerPolicy, tools: readonly McpTool[]): OfferedTools {
  const allowed = policy.allow && matcher(policy.allow)
  const denied = policy.deny && matcher(policy.deny)
  const byName = new Map<string, OfferedTool>()
  for (const own of tools) {
    if (own.name === '' || own.name.length > MAX_NAME_LETTERS) continue
    if (allowed && !allowed(own.name)) continue
    if (denied?.(own.name)) continue
    const name = ownValue(policy.rename, own.name) ?? own.name
    // A tool that is renamed to a name of another does not take its place, nor is one listed twice.
    if (byName.has(name)) continue
    const description = ownValue(policy.descriptions, own.name) ?? own.description
    const isUnchanged = name === own.name && description === own.description
    const offered = isUnchanged ? own : { ...own, name, description }
    byName.set(name, { offered, own })
  }
  return { list: [...byName.values()].map(({ offered }) => offered), byName }
}

function matcher(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns)
  const wild = patterns
    .filter((pattern) => pattern.includes('*'))
    .map((pattern) => pattern.split(/\*+/))
  return (name) => exact.has(name) || wild.some((parts) => fits(name, parts))
}

/** Whether the parts come one after the other, from the first letter to the last. In linear time. */
function fits(name: string, [head = '', ...others]: readonly string[]): boolean {
  const tail = others.pop() ?? ''
  if (name.length < head.length + tail.length) return false
  if (!name.startsWith(head) || !name.endsWith(tail)) return false
  let rest = name.slice(head.length, name.length - tail.length)
  for (const part of others) {
    const at = rest.indexOf(part)
    if (at === -1) return false
    rest = rest.slice(at + part.length)
  }
  return true
}

/** Names come from servers: `constructor` is no field of a policy. */
function ownValue<T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return map && Object.hasOwn(map, name) ? map[name] : undefined
}
