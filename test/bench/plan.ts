import type { GuardsPlan } from './guards/protocol.ts'
import type { Window } from './load/crew.ts'
import type { McpPlan } from './mcp/protocol.ts'
import type { StreamShape } from './mock/answers.ts'

/** How much of everything is measured. */
export interface Plan {
  /** How often and for how long each peer answers plain requests, and then streams, before anything is measured. */
  readonly warmUp: Pick<Repeated, 'rounds'> & {
    readonly plainMs: number
    readonly streamsMs: number
  }
  /** Memory is read after the warm-up and some time after each of these counts of further requests. */
  readonly memory: { readonly afterRequests: readonly [number, number]; readonly settleMs: number }
  readonly saturation: Repeated & { readonly connections: number }
  readonly latency: Repeated & { readonly requestsPerSecond: number }
  readonly scripts: Repeated & ScriptsPlan
  readonly streams: Repeated & StreamsPlan
  readonly manyStreams: Repeated & StreamsPlan
  readonly guards: Pick<Repeated, 'rounds'> & GuardsPlan
  readonly mcp: Pick<Repeated, 'rounds'> & McpPlan
}

/** So many streams at once of one shape, opened over a time. */
export interface StreamsPlan {
  readonly streams: number
  readonly spreadMs: number
  readonly shape: StreamShape
}

/** How fast requests leave while the time that a script takes is measured. */
export interface ScriptsPlan {
  readonly connections: number
  /** With a script of the config's. */
  readonly fileRequestsPerSecond: number
  /** With a script of their own, which gets a fresh sandbox each time. */
  readonly inlineRequestsPerSecond: number
}

interface Repeated {
  readonly rounds: number
  readonly window: Window
}

/** The whole benchmark: about nine minutes. */
export const fullPlan: Plan = {
  warmUp: { rounds: 8, plainMs: 2_500, streamsMs: 500 },
  memory: { afterRequests: [100_000, 150_000], settleMs: 1_000 },
  // Many short rounds: where a machine is disturbed, those that are compared are so by the same.
  saturation: { rounds: 15, window: { runInMs: 300, measureMs: 900 }, connections: 64 },
  latency: { rounds: 5, window: { runInMs: 500, measureMs: 3_500 }, requestsPerSecond: 500 },
  scripts: {
    rounds: 7,
    window: { runInMs: 300, measureMs: 1_200 },
    connections: 64,
    fileRequestsPerSecond: 500,
    inlineRequestsPerSecond: 50,
  },
  streams: {
    rounds: 3,
    window: { runInMs: 1_000, measureMs: 3_000 },
    streams: 32,
    spreadMs: 500,
    shape: { events: 100, gapMs: 5 },
  },
  manyStreams: {
    rounds: 3,
    window: { runInMs: 3_000, measureMs: 5_000 },
    streams: 2_000,
    spreadMs: 2_000,
    shape: { events: 40, gapMs: 160 },
  },
  guards: { rounds: 3, smallTexts: 3_000, largeTexts: 50, streams: 30 },
  mcp: { rounds: 3, calls: 2_000, lists: 300 },
}

/** Everything once or twice and briefly: under a minute, enough to see that it all runs. */
export const quickPlan: Plan = {
  warmUp: { rounds: 1, plainMs: 1_000, streamsMs: 500 },
  memory: { afterRequests: [5_000, 7_500], settleMs: 300 },
  saturation: { ...fullPlan.saturation, rounds: 2, window: { runInMs: 300, measureMs: 800 } },
  latency: { ...fullPlan.latency, rounds: 2, window: { runInMs: 300, measureMs: 1_000 } },
  scripts: { ...fullPlan.scripts, rounds: 1, window: { runInMs: 300, measureMs: 1_000 } },
  streams: { ...fullPlan.streams, rounds: 1, window: { runInMs: 600, measureMs: 1_000 } },
  manyStreams: {
    ...fullPlan.manyStreams,
    rounds: 1,
    window: { runInMs: 1_800, measureMs: 1_200 },
    spreadMs: 1_500,
  },
  guards: { rounds: 1, smallTexts: 1_000, largeTexts: 20, streams: 20 },
  mcp: { rounds: 1, calls: 400, lists: 50 },
}

/** The same plan with another number of rounds, or another length of what is measured. */
export function adjustPlan(plan: Plan, rounds?: number, seconds?: number): Plan {
  const adjust = <T extends Repeated>(part: T): T => ({
    ...part,
    rounds: rounds ?? part.rounds,
    window: {
      runInMs: part.window.runInMs,
      measureMs: seconds === undefined ? part.window.measureMs : seconds * 1_000,
    },
  })
  return {
    ...plan,
    saturation: adjust(plan.saturation),
    latency: adjust(plan.latency),
    scripts: adjust(plan.scripts),
    streams: adjust(plan.streams),
    manyStreams: adjust(plan.manyStreams),
    guards: { ...plan.guards, rounds: rounds ?? plan.guards.rounds },
    mcp: { ...plan.mcp, rounds: rounds ?? plan.mcp.rounds },
  }
}
