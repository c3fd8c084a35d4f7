import type { Plan } from '../plan.ts'
import { guards } from './guards.ts'
import { latency } from './latency.ts'
import { mcp } from './mcp.ts'
import { memory } from './memory.ts'
import { saturation } from './saturation.ts'
import type { Scenario } from './scenario.ts'
import { scripts } from './scripts.ts'
import { manyStreams, streams } from './streams.ts'

/** All scenarios in order; memory comes first, while the processes are young. */
export function createScenarios(plan: Plan): Scenario[] {
  return [
    memory(plan),
    saturation(plan),
    latency(plan),
    scripts(plan),
    streams(plan),
    manyStreams(plan),
    guards(plan),
    mcp(plan),
  ]
}
