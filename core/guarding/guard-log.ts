import type { LiveExchange } from '../exchange.ts'
import type { GuardReport, GuardStage } from '../guard.ts'
import { actionOf, type ActiveGuard } from './active-guard.ts'
import type { Finding } from './run-guard.ts'

const HOOK_OF = { input: 'guardInput', output: 'guardOutput' } as const
const OUTCOMES = ['passed', 'observed', 'redacted', 'failed', 'timed_out', 'blocked'] as const

/** What the guards did in one exchange: one report for each guard and stage, however often it looked. */
export class GuardLog {
  readonly #reports = new Map<string, GuardReport>()
  readonly #names = new Map<string, string>()

  /** Notes that a guard applies, for the header of the answer. */
  announce({ guard }: ActiveGuard, isBuffered = false): void {
    const name = isBuffered ? `${guard.id} (buffered)` : guard.id
    if (isBuffered || !this.#names.has(guard.id)) this.#names.set(guard.id, name)
  }

  note(finding: Finding, stage: GuardStage, outcome: GuardReport['outcome']): void {
    const { active, verdict, micros } = finding
    const key = `${stage} ${active.guard.id}`
    const before = this.#reports.get(key)
    const isLet = outcome !== 'blocked' && finding.fault === undefined
    const passed = finding.verdict?.passed ?? isLet
    this.#reports.set(key, {
      id: active.guard.id,
      stage,
      action: actionOf(active),
      passed: passed && (before?.passed ?? true),
      outcome: worse(outcome, before?.outcome),
      confidence: verdict?.confidence ?? before?.confidence ?? null,
      labels: addLabels(before?.labels, verdict),
      micros: Math.round(micros + (before?.micros ?? 0)),
    })
  }

  /** Writes into the explain record what a guard did at a stage. */
  explain(exchange: LiveExchange, { guard }: ActiveGuard, stage: GuardStage): void {
    const report = this.#reports.get(`${stage} ${guard.id}`)
    if (!report) return
    exchange.explain.add(guard.id, HOOK_OF[stage], report.micros, describe(report))
  }

  reports(): readonly GuardReport[] {
    return [...this.#reports.values()]
  }

  /** `pii, judge (buffered)`. */
  header(): string {
    return [...this.#names.values()].join(', ')
  }
}

function worse(one: GuardReport['outcome'], other = one): GuardReport['outcome'] {
  return OUTCOMES.indexOf(one) > OUTCOMES.indexOf(other) ? one : other
}

function addLabels(
  before: GuardReport['labels'] | undefined,
  verdict: Finding['verdict'],
): GuardReport['labels'] {
  const labels: Record<string, number> = { ...before }
  for (const { label } of verdict?.spans ?? []) labels[label] = (labels[label] ?? 0) + 1
  return labels
}

/** Labels and numbers only: what was found, and why in the guard's own words, is for the caller. */
function describe({ outcome, passed, labels }: GuardReport): string {
  const found = Object.entries(labels).map(([label, count]) => `${label} x${count}`)
  const wouldBlock = outcome === 'observed' && !passed ? ['would not pass'] : []
  return [outcome, ...wouldBlock, ...found].join(' ')
}
