import type { GuardContent, Verdict } from '../guard.ts'
import { Lifetime } from '../lifetime.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import { changesText, type ActiveGuard } from './active-guard.ts'
import type { EditableContent } from './editable-content.ts'
import type { Finding } from './finding.ts'
import { maskSpans } from './mask.ts'
import { runGuard } from './run-guard.ts'
import { blocked, decide, noteFinding, type ReviewContext } from './settle.ts'

const DECIDED = new Error('Another guard has decided.')

/**
 * Lets guards read a content. Those that change texts go first, in the order in which they apply,
 * each on what the last one left. Then all others look side by side at what will really leave; the
 * first block ends it. Throws 446.
 */
export function review(
  content: EditableContent,
  guards: readonly ActiveGuard[],
  context: ReviewContext,
): MaybePromise<void> {
  const changed = changeInTurn(content, guards.filter(changesText), context)
  const lookers = guards.filter((active) => !changesText(active))
  if (lookers.length === 0) return changed
  if (changed instanceof Promise) return changed.then(() => lookTogether(content, lookers, context))
  return lookTogether(content, lookers, context)
}

function changeInTurn(
  content: EditableContent,
  guards: readonly ActiveGuard[],
  context: ReviewContext,
): MaybePromise<void> {
  for (const [index, active] of guards.entries()) {
    const finding = runGuard(active, content, context.exchange)
    if (!(finding instanceof Promise)) settle(content, finding, context)
    else {
      const rest = guards.slice(index + 1)
      return finding.then((found) => {
        settle(content, found, context)
        return changeInTurn(content, rest, context)
      })
    }
  }
}

function lookTogether(
  content: EditableContent,
  guards: readonly ActiveGuard[],
  context: ReviewContext,
): MaybePromise<void> {
  const batch = new Lifetime()
  const waiting: Promise<void>[] = []
  for (const active of guards) {
    try {
      const finding = runGuard(active, content, context.exchange, batch)
      if (!(finding instanceof Promise)) settle(content, finding, context)
      else waiting.push(finding.then((found) => settle(content, found, context)))
    } catch (error) {
      for (const one of waiting) one.catch(() => undefined)
      batch.end(DECIDED)
      throw error
    }
  }
  if (waiting.length === 0) return
  return Promise.all(waiting).then(
    () => undefined,
    (error: unknown) => {
      batch.end(DECIDED)
      throw error
    },
  )
}

/** Does what a finding asks for, and writes it down. */
function settle(content: EditableContent, finding: Finding, context: ReviewContext): void {
  const { active, verdict } = finding
  const replacements = verdict && replacementsOf(content, verdict, active)
  const decision = decide(finding, replacements !== undefined && replacements.size > 0)
  noteFinding(finding, content.stage, decision, context)
  if (finding.fault !== 'not_needed') {
    context.notes.explain(context.exchange, active, content.stage)
  }
  if (typeof decision === 'object') throw blocked(content.stage, decision.block, active)
  if (decision === 'change' && replacements) content.apply(replacements)
}

/** What a verdict would write in place of what it read. */
export function replacementsOf(
  content: GuardContent,
  { replacements, spans }: Verdict,
  { guard }: Pick<ActiveGuard, 'guard'>,
): ReadonlyMap<number, string> {
  const masked = spans && guard.action !== 'rewrite' ? maskSpans(content, spans) : []
  const all = [...masked, ...(replacements ?? [])]
  return new Map(all.filter(([index, text]) => content.segments[index]?.text !== text))
}
