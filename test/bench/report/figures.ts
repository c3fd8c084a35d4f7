import { median } from '../measure/statistics.ts'
import type { PeerName } from '../peers/peer.ts'
import type { Outcome } from '../scenarios/scenario.ts'

/** A metric of one peer in every round it was measured in. */
export function valuesOf(outcome: Outcome, key: string, peer: PeerName): number[] {
  return outcome.rounds.flatMap((round) => {
    const value = round[peer]?.[key]
    return value === undefined || !Number.isFinite(value) ? [] : [value]
  })
}

/** The median over the rounds; undefined where the peer was not measured. */
export function medianOf(outcome: Outcome, key: string, peer: PeerName): number | undefined {
  const values = valuesOf(outcome, key, peer)
  return values.length === 0 ? undefined : median(values)
}

/** The median of one peer's value by another's of the same round; undefined where one was not measured. */
export function ratioOf(
  outcome: Outcome,
  key: string,
  [peer, other]: readonly [PeerName, PeerName],
): number | undefined {
  const ratios = outcome.rounds.flatMap((round) => {
    const ratio = (round[peer]?.[key] ?? NaN) / (round[other]?.[key] ?? NaN)
    return Number.isFinite(ratio) ? [ratio] : []
  })
  return ratios.length === 0 ? undefined : median(ratios)
}
