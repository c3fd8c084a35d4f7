import { mkdir, writeFile } from 'node:fs/promises'

import type { Machine } from '../machine.ts'
import { peerNames } from '../peers/peer.ts'
import type { Plan } from '../plan.ts'
import type { Outcome } from '../scenarios/scenario.ts'
import type { Disturbance } from './disturbance.ts'
import { medianOf, ratioOf, valuesOf } from './figures.ts'
import type { Verdict } from './goals.ts'
import { comparisons } from './outcome-table.ts'

const folder = new URL('../results/', import.meta.url)

/** A whole run, as it is kept. */
export interface Run {
  readonly date: string
  readonly machine: Machine
  readonly plan: Plan
  readonly disturbance: Disturbance
  readonly outcomes: readonly Outcome[]
  readonly verdicts: readonly Verdict[]
}

/** Writes a run to `results/latest.json`: every round's value of every metric, the medians, the ratios, the goals. */
export async function writeResults(run: Run): Promise<URL> {
  const { outcomes, verdicts: goals, ...circumstances } = run
  const scenarios = Object.fromEntries(
    outcomes.map((outcome) => [outcome.scenario.name, describeOutcome(outcome)]),
  )
  const file = new URL('latest.json', folder)
  await mkdir(folder, { recursive: true })
  await writeFile(file, `${JSON.stringify({ ...circumstances, scenarios, goals }, undefined, 2)}\n`)
  return file
}

function describeOutcome(outcome: Outcome): object {
  const metrics = outcome.scenario.metrics.map(({ key, title, hasRatio }) => {
    const peers = peerNames.flatMap((peer) => {
      const rounds = valuesOf(outcome, key, peer).map(round)
      const median = medianOf(outcome, key, peer)
      return median === undefined ? [] : [[peer, { median: round(median), rounds }]]
    })
    const ratios = comparisons.flatMap((pair) => {
      const ratio = hasRatio ? ratioOf(outcome, key, pair) : undefined
      return ratio === undefined ? [] : [[pair.join('/'), round(ratio)]]
    })
    return [key, { title, ...Object.fromEntries(peers), ratios: Object.fromEntries(ratios) }]
  })
  return { title: outcome.scenario.title, metrics: Object.fromEntries(metrics) }
}

function round(value: number): number {
  return Number(value.toPrecision(5))
}
