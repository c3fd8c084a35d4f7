import type { Knowledge } from './candidates.ts'
import { createLeastBusy } from './least-busy.ts'
import { createObjective } from './objective.ts'
import { createOptimized } from './optimized.ts'
import type { RouterType } from './router-type.ts'

/** The types of routers that go by how the models have done lately. */
export function createMetricRouters(knowledge: Knowledge): Readonly<Record<string, RouterType>> {
  return {
    optimized: createOptimized(knowledge),
    latency: createOptimized(knowledge, 'latency'),
    cost: createOptimized(knowledge, 'price'),
    objective: createObjective(knowledge),
    least_busy: createLeastBusy(knowledge),
  }
}
