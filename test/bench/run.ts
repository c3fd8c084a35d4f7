/** `npm run bench`: measures Tapgate beside the bare mock, a bare pipe and Portkey. See the README beside it. */
import { rmSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { killChildren, stopChildren } from './children.ts'
import { startCrew } from './load/crew.ts'
import { inspectMachine } from './machine.ts'
import { startMock } from './mock/start-mock.ts'
import { readOptions } from './options.ts'
import { probe } from './peers/request.ts'
import { startPeers } from './peers/start-peers.ts'
import { formatDisturbance, sumUpDisturbance } from './report/disturbance.ts'
import { formatVerdicts, judge } from './report/goals.ts'
import { formatOutcome } from './report/outcome-table.ts'
import { writeResults } from './report/results.ts'
import { createScenarios } from './scenarios/all.ts'
import { play } from './scenarios/play.ts'
import type { Outcome, ReadyPeer, Stage } from './scenarios/scenario.ts'
import { warmUp } from './scenarios/warm-up.ts'

const interruptedExitCode = 130

const options = readOptions(process.argv)
const folder = await mkdtemp(join(tmpdir(), 'tapgate-bench-'))
// PostgreSQL may run as another user and has to get to its part of the folder.
await chmod(folder, 0o755)

let isInterrupted = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    isInterrupted = true
    void stopChildren().then(() => process.exit(interruptedExitCode))
  })
}
process.on('exit', () => {
  killChildren()
  rmSync(folder, { recursive: true, force: true })
})

try {
  process.exitCode = await run()
} catch (error) {
  if (!isInterrupted) print(`\nThe benchmark failed. ${describe(error)}\n`)
  process.exitCode = 1
} finally {
  await stopChildren()
}

/** Measures, prints, keeps; returns the exit code. */
async function run(): Promise<number> {
  const { plan, isQuick, isWhole } = options
  const machine = inspectMachine()
  const { layout } = machine
  print(`Node ${machine.node}, ${machine.cores} cores of ${machine.processor}\n`)
  print(`Pinned to cores: ${JSON.stringify(layout)}\n`)

  const mock = await startMock(layout)
  const crew = startCrew(layout)
  const mostConnections = Math.max(128, plan.manyStreams.streams)
  const scenarios = createScenarios(plan).filter(({ name }) => options.scenarios.includes(name))
  const needed = options.peers.filter((name) =>
    scenarios.some(({ without }) => without?.includes(name) !== true),
  )
  const peers: ReadyPeer[] = []
  for (const peer of await startPeers(needed, { layout, mock, folder, mostConnections })) {
    peers.push({ ...peer, answerBytes: await probe(peer) })
  }

  const problems = new Set<string>()
  const disturbances: number[] = []
  const stage: Stage = {
    plan,
    layout,
    mock,
    crew,
    peers,
    noteProblem: (problem) => problems.add(problem),
    noteDisturbance: (share) => disturbances.push(share),
  }
  await warmUp(peers, stage)

  const outcomes: Outcome[] = []
  for (const scenario of scenarios) {
    const outcome = await play(scenario, stage)
    outcomes.push(outcome)
    print(formatOutcome(outcome, options.peers))
  }

  const verdicts = judge(outcomes)
  const disturbance = sumUpDisturbance(disturbances)
  if (verdicts.length > 0) print(formatVerdicts(verdicts, !isQuick))
  if (layout.gateway.length > 0) print(formatDisturbance(disturbance))
  if (problems.size > 0) {
    print(`\nWrong or missing answers:\n  ${[...problems].join('\n  ')}\n`)
    return 1
  }
  if (isWhole) {
    const date = new Date().toISOString()
    const file = await writeResults({ date, machine, plan, disturbance, outcomes, verdicts })
    print(`\nWritten to ${file.pathname}\n`)
  }
  return isQuick || verdicts.every((verdict) => verdict.isMet) ? 0 : 1
}

function print(text: string): void {
  process.stdout.write(text)
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}\n${describe(error.cause)}`
}
