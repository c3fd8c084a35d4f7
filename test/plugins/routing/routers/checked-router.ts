import type { Plan } from '../../../../plugins/routing/routers/plan.ts'
import type { CheckedRouter } from '../../../../plugins/routing/routers/router-type.ts'

/** A router as its type gets it: with these fields and branches, and nothing around it. */
export function checkedRouter(
  fields: Readonly<Record<string, unknown>>,
  branches: readonly Plan[],
): CheckedRouter {
  return {
    fields,
    branches,
    path: 'router',
    identity: 'the router',
    virtualModel: undefined,
    projectId: 'p1',
    operation: 'chat',
    readTargets: () => branches,
  }
}
