/** The child that measures what guards cost, on a core of its own. */
import { endWithRun, hearRun, tellRun } from '../messages.ts'
import { worstHostileMicros } from './hostile.ts'
import { localGuards } from './local-guards.ts'
import {
  isMeasureGuards,
  localGuardNames,
  windowedGuardNames,
  type GuardCosts,
  type GuardsPlan,
} from './protocol.ts'
import { textOf } from './texts.ts'
import { medianMicros } from './time.ts'
import { chunkMicros } from './windows.ts'

const SMALL_LENGTH = 1_024
const LARGE_LENGTH = 100_000

endWithRun()
hearRun(isMeasureGuards, (plan) => void measure(plan).then(tellRun))

async function measure(plan: GuardsPlan): Promise<GuardCosts> {
  const small = textOf(SMALL_LENGTH)
  const large = textOf(LARGE_LENGTH)
  const askAll = (text: string): void => {
    for (const name of localGuardNames) localGuards[name](text)
  }
  // So that everything is compiled before it counts.
  for (let time = 0; time < plan.smallTexts; time++) askAll(small)
  for (let time = 0; time < plan.largeTexts; time++) askAll(large)
  const chunkMicrosOf: [string, number][] = []
  for (const name of windowedGuardNames) await chunkMicros(name, plan.streams)
  for (const name of windowedGuardNames) {
    chunkMicrosOf.push([name, await chunkMicros(name, plan.streams)])
  }
  return {
    kind: 'guard-costs',
    smallMicros: medianMicros(() => askAll(small), plan.smallTexts),
    largeMicros: medianMicros(() => askAll(large), plan.largeTexts),
    smallMicrosOf: ofEach((name) => medianMicros(() => localGuards[name](small), plan.smallTexts)),
    chunkMicrosOf: Object.fromEntries(chunkMicrosOf) as GuardCosts['chunkMicrosOf'],
    hostileMicrosOf: ofEach((name) => worstHostileMicros(localGuards[name])),
  }
}

function ofEach(
  cost: (name: (typeof localGuardNames)[number]) => number,
): GuardCosts['smallMicrosOf'] {
  const costs = localGuardNames.map((name) => [name, cost(name)])
  return Object.fromEntries(costs) as GuardCosts['smallMicrosOf']
}
