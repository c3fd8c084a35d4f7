import type { Guard, GuardTrialResult, Span } from '#core'

/**
 * What a guard said of a sample: the verdict as it is, and what would become of it under the guard's
 * action. `highlighted` marks what was found with » «, `changed` is the text after masking.
 */
export function toTrialJson(guard: Guard, result: GuardTrialResult): object {
  const { verdict, content, changed, fault, micros } = result
  const spans = verdict?.spans ?? []
  const bySegment = Map.groupBy(spans, ({ segment }) => segment)
  return {
    guard_id: guard.id,
    passed: fault === undefined ? (verdict?.passed ?? true) : false,
    outcome: outcomeOf(guard, result),
    confidence: verdict?.confidence ?? null,
    text: verdict?.text ?? null,
    fault: fault ?? null,
    duration_us: Math.round(micros),
    spans: spans.map(({ segment, start, end, label }) => {
      const text = content.segments[segment]?.text.slice(start, end)
      return { segment, start, end, label, text }
    }),
    segments: content.segments.map(({ role, kind, text }, index) => ({
      role,
      kind,
      text,
      highlighted: highlight(text, bySegment.get(index) ?? []),
      changed: changed.get(index) ?? null,
    })),
  }
}

/** `passed`, `blocked`, `redacted`, `observed`, `failed`. */
export function outcomeOf(guard: Guard, { verdict, changed, fault }: GuardTrialResult): string {
  if (fault !== undefined) return 'failed'
  const hasFound = verdict !== undefined && (!verdict.passed || changed.size > 0)
  if (!hasFound) return 'passed'
  if (guard.action === 'observe') return 'observed'
  const canChange = guard.action === 'redact' || guard.action === 'rewrite'
  if (canChange && changed.size > 0) return 'redacted'
  return verdict.passed ? 'passed' : 'blocked'
}

function highlight(text: string, spans: readonly Span[]): string {
  return spans
    .toSorted((one, other) => other.start - one.start)
    .reduce(
      (marked, { start, end }) =>
        `${marked.slice(0, start)}»${marked.slice(start, end)}«${marked.slice(end)}`,
      text,
    )
}
