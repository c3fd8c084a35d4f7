import { GatewayError } from '../errors.ts'
import type { GuardStage, Verdict } from '../guard.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { Logger } from '../logger.ts'
import type { ActiveGuard } from './active-guard.ts'
import type { Finding } from './finding.ts'
import type { GuardLog } from './guard-log.ts'

/** What the guards of an exchange write to. */
export interface ReviewContext {
  readonly exchange: LiveExchange
  readonly log: Logger
  readonly notes: GuardLog
}

/** What is to be done after a guard has looked. */
export type Decision = 'go on' | 'change' | { readonly block: Verdict }

const FAILED: Verdict = {
  passed: false,
  text: 'The guard failed, and what can not be judged is blocked.',
}

/** What a finding means under the action of its guard. `canChange`: it says what to write instead. */
export function decide({ active, verdict, fault }: Finding, canChange: boolean): Decision {
  const { action, onError } = active.guard
  if (action === 'observe' || fault === 'not_needed') return 'go on'
  if (fault !== undefined) return onError === 'allow' ? 'go on' : { block: FAILED }
  if (!verdict) return 'go on'
  if (action === 'validate' || action === undefined) {
    if (!verdict.passed) return { block: verdict }
    return action === undefined && canChange ? 'change' : 'go on'
  }
  if (canChange) return 'change'
  return verdict.passed ? 'go on' : { block: verdict }
}

/** Writes down what a guard found and what became of it. */
export function noteFinding(
  finding: Finding,
  stage: GuardStage,
  decision: Decision,
  { exchange, log, notes }: ReviewContext,
): void {
  const { active, fault } = finding
  if (fault === 'not_needed') return
  notes.note(finding, stage, outcomeOf(finding, decision))
  if (fault === undefined) return
  const { id } = active.guard
  log.warn('A guard failed.', { request: exchange.id, guard: id, stage, fault })
}

function outcomeOf(
  { active, verdict, fault }: Finding,
  decision: Decision,
): Parameters<GuardLog['note']>[2] {
  if (fault !== undefined) return fault === 'timed_out' ? 'timed_out' : 'failed'
  if (typeof decision === 'object') return 'blocked'
  if (decision === 'change') return 'redacted'
  const found = verdict && (!verdict.passed || verdict.spans?.length)
  return active.guard.action === 'observe' && found ? 'observed' : 'passed'
}

/** 446, with what LangDB's clients read (`guard_id`, `result`) and what the envelope names. */
export function blocked(stage: GuardStage, verdict: Verdict, active?: ActiveGuard): GatewayError {
  const id = active?.guard.id ?? verdict.guardId ?? 'guard'
  const { confidence, text } = verdict
  const result = {
    type: confidence === undefined ? 'text' : 'boolean',
    passed: false,
    ...(confidence === undefined ? {} : { confidence }),
    ...(text === undefined ? {} : { text }),
  }
  return new GatewayError('guardrail_blocked', `Guard '${id}' not passed`, {
    details: { guard_id: id, guard: active?.guard.settings?.name ?? id, stage, result },
  })
}
