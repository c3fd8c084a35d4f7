import type { Outcome, ScenarioName } from '../scenarios/scenario.ts'
import { medianOf, ratioOf } from './figures.ts'
import { formatNumber, formatTable } from './table.ts'

/** A goal beside what was measured. */
export interface Verdict {
  readonly title: string
  readonly bound: 'at least' | 'at most'
  readonly goal: number
  readonly measured: number
  readonly isMet: boolean
}

interface Goal extends Omit<Verdict, 'measured' | 'isMet'> {
  readonly scenario: ScenarioName
  readonly measure: (outcome: Outcome) => number | undefined
}

const goals: readonly Goal[] = [
  {
    title: 'Throughput, × the bare pipe',
    scenario: 'saturation',
    measure: (outcome) => ratioOf(outcome, 'requestsPerSecond', ['tapgate', 'bare']),
    bound: 'at least',
    goal: 0.5,
  },
  {
    title: 'Throughput, × Portkey',
    scenario: 'saturation',
    measure: (outcome) => ratioOf(outcome, 'requestsPerSecond', ['tapgate', 'portkey']),
    bound: 'at least',
    goal: 8,
  },
  {
    title: 'Latency p50 over the bare pipe, ms',
    scenario: 'latency',
    measure: (outcome) => medianOf(outcome, 'p50OverBareMs', 'tapgate'),
    bound: 'at most',
    goal: 0.3,
  },
  {
    title: 'Latency p99 over the bare pipe, ms',
    scenario: 'latency',
    measure: (outcome) => medianOf(outcome, 'p99OverBareMs', 'tapgate'),
    bound: 'at most',
    goal: 1,
  },
  {
    title: 'Throughput with a script of the config, × without',
    scenario: 'scripts',
    measure: (outcome) => medianOf(outcome, 'fileShare', 'tapgate'),
    bound: 'at least',
    goal: 0.8,
  },
  {
    title: 'A script of the config adds, p50 ms',
    scenario: 'scripts',
    measure: (outcome) => medianOf(outcome, 'fileP50Ms', 'tapgate'),
    bound: 'at most',
    goal: 0.3,
  },
  {
    title: 'A script of the config adds, p99 ms',
    scenario: 'scripts',
    measure: (outcome) => medianOf(outcome, 'fileP99Ms', 'tapgate'),
    bound: 'at most',
    goal: 2,
  },
  {
    title: 'A script of the request adds, p50 ms',
    scenario: 'scripts',
    measure: (outcome) => medianOf(outcome, 'inlineP50Ms', 'tapgate'),
    bound: 'at most',
    goal: 1.5,
  },
  {
    title: 'A script of the request adds, p99 ms',
    scenario: 'scripts',
    measure: (outcome) => medianOf(outcome, 'inlineP99Ms', 'tapgate'),
    bound: 'at most',
    goal: 10,
  },
  {
    title: 'CPU of a streamed event, × the bare pipe',
    scenario: 'streams',
    measure: (outcome) => ratioOf(outcome, 'cpuMicroseconds', ['tapgate', 'bare']),
    bound: 'at most',
    goal: 1.5,
  },
  {
    title: 'The same with very many streams',
    scenario: 'many-streams',
    measure: (outcome) => ratioOf(outcome, 'cpuMicroseconds', ['tapgate', 'bare']),
    bound: 'at most',
    goal: 1.5,
  },
  {
    title: 'Memory after many requests, MB',
    scenario: 'memory',
    measure: (outcome) => medianOf(outcome, 'manyMegabytes', 'tapgate'),
    bound: 'at most',
    goal: 200,
  },
  {
    title: 'Memory after half as many again, × that',
    scenario: 'memory',
    measure(outcome) {
      const many = medianOf(outcome, 'manyMegabytes', 'tapgate')
      const more = medianOf(outcome, 'moreMegabytes', 'tapgate')
      return many === undefined || more === undefined ? undefined : more / many
    },
    bound: 'at most',
    goal: 1.1,
  },
  {
    title: 'Ten guards add to a request of 1 KB, p50 µs',
    scenario: 'guards',
    measure: (outcome) => medianOf(outcome, 'smallMicros', 'tapgate'),
    bound: 'at most',
    goal: 300,
  },
  {
    title: 'Ten guards add to a request of 100 KB, p50 ms',
    scenario: 'guards',
    measure: (outcome) => medianOf(outcome, 'largeMs', 'tapgate'),
    bound: 'at most',
    goal: 10,
  },
  {
    title: 'A guard with a window adds to a chunk, µs',
    scenario: 'guards',
    measure: (outcome) => medianOf(outcome, 'mostChunkMicros', 'tapgate'),
    bound: 'at most',
    goal: 10,
  },
  {
    title: 'A guard with a hostile text of 100,000 characters, ms',
    scenario: 'guards',
    measure: (outcome) => medianOf(outcome, 'worstHostileMs', 'tapgate'),
    bound: 'at most',
    goal: 50,
  },
  {
    title: 'The gateway adds to a tool call, p50 ms',
    scenario: 'mcp',
    measure: (outcome) => medianOf(outcome, 'addedP50Ms', 'tapgate'),
    bound: 'at most',
    goal: 1,
  },
  {
    title: 'The same in a session of 2025, p50 ms',
    scenario: 'mcp',
    measure: (outcome) => medianOf(outcome, 'addedSessionP50Ms', 'tapgate'),
    bound: 'at most',
    goal: 1,
  },
  {
    title: 'A list of 1,000 tools of 50 servers, p50 ms',
    scenario: 'mcp',
    measure: (outcome) => medianOf(outcome, 'listP50Ms', 'tapgate'),
    bound: 'at most',
    goal: 20,
  },
  {
    title: 'A silent server delays the first list, ms',
    scenario: 'mcp',
    measure: (outcome) => medianOf(outcome, 'firstListMs', 'tapgate'),
    bound: 'at most',
    goal: 1_250,
  },
  {
    title: 'It delays the lists after it, slowest ms',
    scenario: 'mcp',
    measure: (outcome) => medianOf(outcome, 'slowestListMs', 'tapgate'),
    bound: 'at most',
    goal: 250,
  },
]

/** Holds the goals against what was measured; a goal whose figures were not taken is left out. */
export function judge(outcomes: readonly Outcome[]): Verdict[] {
  return goals.flatMap(({ scenario, measure, ...goal }) => {
    const outcome = outcomes.find((candidate) => candidate.scenario.name === scenario)
    const measured = outcome === undefined ? undefined : measure(outcome)
    if (measured === undefined) return []
    const isMet = goal.bound === 'at least' ? measured >= goal.goal : measured <= goal.goal
    return [{ ...goal, measured, isMet }]
  })
}

/** The goals as a table, with a word on each when the run is one that judges. */
export function formatVerdicts(verdicts: readonly Verdict[], isJudged: boolean): string {
  const rows = verdicts.map(({ title, bound, goal, measured, isMet }) => [
    title,
    `${bound} ${goal}`,
    formatNumber(measured, 2),
    ...(isJudged ? [isMet ? 'met' : 'MISSED'] : []),
  ])
  return `\nGoals${isJudged ? '' : ' (a quick run judges nothing)'}\n${formatTable([['', 'goal', 'measured', ...(isJudged ? [''] : [])], ...rows])}`
}
