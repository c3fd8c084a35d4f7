import type { Turns } from './taking-turns.ts'
import { Tally } from './tally.ts'

/** Groups that are added up in no time. */
const TURN_GROUPS = 100

/** What groups are by beside a dimension: nothing, the provider, or the provider and the model. */
export type Level = 'none' | 'provider' | 'target'

/** Requests of one value of a dimension, of one provider and model as far as the level tells them. */
export interface Group {
  readonly value: string
  readonly provider: string
  readonly model: string
  readonly tally: Tally
}

/** Groups by their names. */
export type Groups = Map<string, Group>

/** The group of these names, made when there is none yet. */
export function groupOf(groups: Groups, value: string, provider: string, model: string): Group {
  const key = `${value}\0${provider}\0${model}`
  const known = groups.get(key)
  if (known) return known
  const group = { value, provider, model, tally: new Tally() }
  groups.set(key, group)
  return group
}

/** The groups of a coarser level. */
export async function coarsen(groups: Groups, level: Level, turns: Turns): Promise<Groups> {
  if (level === 'target') return groups
  const coarser: Groups = new Map()
  let count = 0
  for (const { value, provider, tally } of groups.values()) {
    const name = level === 'provider' ? provider : ''
    groupOf(coarser, value, name, '').tally.addTally(tally)
    if (++count % TURN_GROUPS === 0) await turns.next()
  }
  return coarser
}

/** Which levels are kept of a dimension: users are too many to tell the models of each. */
export function levelsOf(dimension: string): readonly Level[] {
  if (dimension === '') return ['none', 'provider', 'target']
  return dimension === 'user' ? ['none'] : ['none', 'target']
}
