import { peerTitles, type PeerName } from '../peers/peer.ts'
import type { Outcome } from '../scenarios/scenario.ts'
import { medianOf, ratioOf } from './figures.ts'
import { formatNumber, formatTable } from './table.ts'

/** The quotients that are printed beside the figures. */
export const comparisons: readonly (readonly [PeerName, PeerName])[] = [
  ['tapgate', 'bare'],
  ['tapgate', 'portkey'],
]

/** A scenario's medians by peer, and how Tapgate compares. */
export function formatOutcome(outcome: Outcome, peers: readonly PeerName[]): string {
  const { scenario } = outcome
  const measured = peers.filter((peer) => scenario.without?.includes(peer) !== true)
  const shown = comparisons.filter((pair) => pair.every((peer) => measured.includes(peer)))
  const head = [
    '',
    ...measured.map((peer) => peerTitles[peer]),
    ...shown.map(([peer, other]) => `${peerTitles[peer]} / ${peerTitles[other]}`),
  ]
  const rows = scenario.metrics.map(({ key, title, digits, hasRatio }) => [
    title,
    ...measured.map((peer) => formatNumber(medianOf(outcome, key, peer), digits)),
    ...shown.map((pair) => (hasRatio ? formatRatio(ratioOf(outcome, key, pair)) : '')),
  ])
  const rounds =
    outcome.rounds.length === 1 ? 'one round' : `medians of ${outcome.rounds.length} rounds`
  return `\n${scenario.title} (${rounds})\n${formatTable([head, ...rows])}`
}

function formatRatio(ratio: number | undefined): string {
  return ratio === undefined ? '–' : `${formatNumber(ratio, 2)} ×`
}
