import { Command, InvalidArgumentError, Option } from 'commander'

import type { PeerName } from './peers/peer.ts'
import { peerNames } from './peers/peer.ts'
import { adjustPlan, fullPlan, quickPlan, type Plan } from './plan.ts'
import { scenarioNames, type ScenarioName } from './scenarios/scenario.ts'

/** What a run of the benchmark was asked to do. */
export interface Options {
  readonly isQuick: boolean
  /** Whether nothing was left out, shortened or lengthened, so that the figures may be kept. */
  readonly isWhole: boolean
  readonly plan: Plan
  readonly scenarios: readonly ScenarioName[]
  readonly peers: readonly PeerName[]
}

interface Flags {
  quick?: true
  only?: ScenarioName[]
  without?: PeerName[]
  rounds?: number
  seconds?: number
}

/** Reads the command line; prints help or what is wrong with it, and ends the process then. */
export function readOptions(commandLine: readonly string[]): Options {
  const command = new Command('bench')
    .description(
      'Measures Tapgate beside the bare mock, a bare pipe and Portkey: throughput, latency, streams, memory, guards.',
    )
    .option(
      '--quick',
      'everything briefly and without Portkey, in about a minute and a half; judges nothing',
    )
    .addOption(new Option('--only <scenario...>', 'only these scenarios').choices(scenarioNames))
    .addOption(
      new Option('--without <peer...>', 'leave these peers out').choices(
        peerNames.filter((name) => name !== 'direct'),
      ),
    )
    .option('--rounds <count>', 'rounds of every scenario but memory', toCount)
    .option(
      '--seconds <count>',
      'how long each scenario but memory and guards is measured for',
      toCount,
    )
    .parse(commandLine)

  const flags = command.opts<Flags>()
  const isQuick = flags.quick === true
  const without = new Set<PeerName>(flags.without)
  if (isQuick) without.add('portkey')
  return {
    isQuick,
    isWhole: Object.keys(flags).length === 0,
    plan: adjustPlan(isQuick ? quickPlan : fullPlan, flags.rounds, flags.seconds),
    scenarios: scenarioNames.filter((name) => flags.only?.includes(name) ?? true),
    peers: peerNames.filter((name) => !without.has(name)),
  }
}

function toCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 100) {
    throw new InvalidArgumentError('A whole number from 1 to 100 is wanted.')
  }
  return count
}
