import type { AnyRequest } from '../provider.ts'
import type { ToolLimits } from '../tool-source.ts'

/** The gateway's limits, lowered by what the request says in `extra.mcp`: never raised. */
export function limitsFor(request: AnyRequest, limits: ToolLimits): ToolLimits {
  const own = request.extra?.mcp ?? {}
  const costs = [own.max_cost, limits.costUsd].filter((cost) => typeof cost === 'number')
  return {
    ...limits,
    turns: Math.min(limits.turns, own.max_turns ?? Infinity),
    calls: Math.min(limits.calls, own.max_calls ?? Infinity),
    costUsd: costs.length > 0 ? Math.min(...costs) : undefined,
  }
}
