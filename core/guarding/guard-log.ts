import type { Exchange } from '../exchange.ts'
import type { GuardReport, GuardStage } from '../guard.ts'
import { actionOf, type ActiveGuard } from './active-guard.ts'
import type { Finding } from './finding.ts'

const HOOK_OF = { input: 'guardInput', output: 'guardOutput' } as const
const OUTCOMES = ['passed', 'observed', 'redacted', 'failed', 'timed_out', 'blocked'] as const

interface Tally {
  readonly active: ActiveGuard
  readonly stage: GuardStage
  passed: boolean
  outcome: GuardReport['outcome']
  confidence: number | null
  readonly labels: Record<string, number>
  micros: number
}

/** What the guards did in one exchange: one report for each guard and stage, however often it looked. */
export class GuardLog {
  readonly #tallies = new Map<string, Tally>()
  readonly #names = new Map<string, string>()

  /** Notes that a guard applies, for the header of the answer. */
  announce({ guard }: ActiveGuard, isBuffered = false): void {
    const name = isBuffered ? `${guard.id} (buffered)` : guard.id
    if (isBuffered || !this.#names.has(guard.id)) this.#names.set(guard.id, name)
  }

  note(finding: Finding, stage: GuardStage, outcome: GuardReport['outcome']): void {
    const { active, verdict, fault } = finding
    const tally = this.#tallyOf(active, stage)
    tally.micros += finding.micros
    if (!verdict && fault === undefined) return
    const wasLet = fault === undefined || active.guard.onError === 'allow'
    tally.passed &&= verdict?.passed ?? wasLet
    tally.outcome = worse(outcome, tally.outcome)
    tally.confidence = verdict?.confidence ?? tally.confidence
    for (const { label } of verdict?.spans ?? []) {
      tally.labels[label] = (tally.labels[label] ?? 0) + 1
    }
  }

  /** Writes into the explain record what a guard did at a stage. */
  explain(exchange: Exchange, active: ActiveGuard, stage: GuardStage): void {
    const tally = this.#tallyOf(active, stage)
    exchange.explain.add(active.guard.id, HOOK_OF[stage], tally.micros, describe(tally))
  }

  reports(): readonly GuardReport[] {
    return [...this.#tallies.values()].map(({ active, stage, micros, ...rest }) => ({
      id: active.guard.id,
      stage,
      action: actionOf(active),
      ...rest,
      micros: Math.round(micros),
    }))
  }

  /** `pii, judge (buffered)`. */
  header(): string {
    return [...this.#names.values()].join(', ')
  }

  #tallyOf(active: ActiveGuard, stage: GuardStage): Tally {
    const key = `${stage} ${active.guard.id}`
    const known = this.#tallies.get(key)
    if (known) return known
    const nothing = { passed: true, outcome: 'passed', confidence: null, micros: 0 } as const
    const tally: Tally = { active, stage, ...nothing, labels: {} }
    this.#tallies.set(key, tally)
    return tally
  }
}

function worse(one: GuardReport['outcome'], other = one): GuardReport['outcome'] {
  return OUTCOMES.indexOf(one) > OUTCOMES.indexOf(other) ? one : other
}

/** Labels and numbers only: what was found, and why in the guard's own words, is for the caller. */
function describe({ outcome, passed, labels }: Tally): string {
  const found = Object.entries(labels).map(([label, count]) => `${label} x${count}`)
  const wouldBlock = outcome === 'observed' && !passed ? ['would not pass'] : []
  return [outcome, ...wouldBlock, ...found].join(' ')
}
