import type { Crew } from '../load/crew.ts'
import type { Layout } from '../machine.ts'
import type { Mock } from '../mock/start-mock.ts'
import type { Peer, PeerName } from '../peers/peer.ts'
import type { Plan } from '../plan.ts'

/** The scenarios, in the order they run. */
export const scenarioNames = [
  'memory',
  'saturation',
  'latency',
  'scripts',
  'streams',
  'many-streams',
  'guards',
  'mcp',
] as const

export type ScenarioName = (typeof scenarioNames)[number]

/** A peer that answers, and how long its plain answers are. */
export interface ReadyPeer extends Peer {
  readonly answerBytes: number
}

/** Everything a scenario plays with. */
export interface Stage {
  readonly plan: Plan
  readonly mock: Mock
  readonly crew: Crew
  readonly peers: readonly ReadyPeer[]
  readonly layout: Layout
  /** Is told of every wrong answer; a run with any has failed. */
  noteProblem(problem: string): void
  /** Is told how much of the gateway's core, 0 to 1, went to others while a peer was measured. */
  noteDisturbance(share: number): void
}

/** One thing that is measured. */
export interface Metric {
  readonly key: string
  /** With its unit, as the table prints it. */
  readonly title: string
  readonly digits: number
  /** Whether two peers are compared by the quotient of their values. */
  readonly hasRatio: boolean
}

/** What one peer was measured at, by the metrics' keys. */
export type Reading = Readonly<Record<string, number>>

/** What all peers were measured at one after the other, close enough in time to be compared. */
export type Round = Readonly<Partial<Record<PeerName, Reading>>>

/** One way to measure the peers. */
export interface Scenario {
  readonly name: ScenarioName
  readonly title: string
  readonly rounds: number
  readonly metrics: readonly Metric[]
  readonly without?: readonly PeerName[]
  measure(peer: ReadyPeer, stage: Stage): Promise<Reading>
  /** Adds what can be said only of all peers together. */
  compare?(round: Round): Round
}

/** What a scenario found. */
export interface Outcome {
  readonly scenario: Scenario
  readonly rounds: readonly Round[]
}
