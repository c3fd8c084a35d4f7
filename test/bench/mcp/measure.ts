import { percentile } from '../measure/statistics.ts'
/** The child that calls tools directly and through the gateway, one call after the other. */
import { endWithRun, hearRun, tellRun } from '../messages.ts'
import { connect, type Revision } from './calls.ts'
import { isMeasureMcp, SERVERS, TOOLS_OF_EACH, type McpCosts, type MeasureMcp } from './protocol.ts'

endWithRun()
hearRun(isMeasureMcp, (plan) => void measure(plan).then(tellRun))

async function measure(plan: MeasureMcp): Promise<McpCosts> {
  const lists = await measureLists(plan)
  const modern = await measureCalls(plan, '2026-07-28')
  const session = await measureCalls(plan, '2025-11-25')
  return {
    kind: 'mcp-costs',
    ...lists,
    directP50Ms: modern.directP50Ms,
    addedP50Ms: modern.addedP50Ms,
    directSessionP50Ms: session.directP50Ms,
    addedSessionP50Ms: session.addedP50Ms,
  }
}

/** All tools of all servers, again and again for as long as it takes to try a dead server once more. */
async function measureLists({
  gateway,
  key,
  lists,
}: MeasureMcp): Promise<Pick<McpCosts, 'firstListMs' | 'slowestListMs' | 'listP50Ms'>> {
  const all = await connect('2026-07-28', `${gateway}/mcp`, bearer(key))
  const times: number[] = []
  for (let time = 0; time < lists; time++) {
    const startedMark = performance.now()
    const count = await all.list()
    times.push(performance.now() - startedMark)
    // The first page is that long; the tool of the server over HTTP stands on the next one.
    if (count !== SERVERS * TOOLS_OF_EACH) throw new Error(`A list has ${count} tools.`)
  }
  await all.close()
  const [firstListMs = NaN, ...others] = times
  return { firstListMs, slowestListMs: Math.max(...others), listP50Ms: percentile(others, 0.5) }
}

/** The same call both ways, by turns: what the machine does meanwhile happens to both. */
async function measureCalls(
  { gateway, server, key, calls }: MeasureMcp,
  revision: Revision,
): Promise<{ directP50Ms: number; addedP50Ms: number }> {
  const direct = await connect(revision, server, {})
  const through = await connect(revision, `${gateway}/mcp/echo`, bearer(key))
  const warmUpCalls = calls / 4
  const directMs: number[] = []
  const throughMs: number[] = []
  for (let call = 0; call < warmUpCalls + calls; call++) {
    for (const [caller, times] of [
      [direct, directMs],
      [through, throughMs],
    ] as const) {
      const startedMark = performance.now()
      await caller.call('echo', `call ${call}`)
      if (call >= warmUpCalls) times.push(performance.now() - startedMark)
    }
  }
  await Promise.all([direct.close(), through.close()])
  const directP50Ms = percentile(directMs, 0.5)
  return { directP50Ms, addedP50Ms: percentile(throughMs, 0.5) - directP50Ms }
}

function bearer(key: string): Record<string, string> {
  return { authorization: `Bearer ${key}` }
}
