import { peerNames, type PeerName } from '../peers/peer.ts'
import type { Round } from './scenario.ts'

/** A metric that is another one's distance to the same metric of a peer. */
export interface Difference {
  readonly key: string
  readonly of: string
  readonly to: PeerName
}

/** Adds to a round how far each gateway is from another peer; where that one was not measured there is nothing to say. */
export function addDifferences(round: Round, differences: readonly Difference[]): Round {
  return Object.fromEntries(
    peerNames.flatMap((name) => {
      const reading = round[name]
      if (reading === undefined) return []
      const added = differences
        .filter(({ to }) => to !== name && name !== 'direct')
        .map(({ key, of, to }) => [key, (reading[of] ?? NaN) - (round[to]?.[of] ?? NaN)])
      return [[name, { ...reading, ...Object.fromEntries(added) }]]
    }),
  )
}
