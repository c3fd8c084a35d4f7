import type { CheckContext, Exchange, GuardKind, GuardTools, Verdict } from '#core'

import { checkParameters } from '../../../core/guarding/parameters.ts'

/** Lets one guard read one message of the user. */
export type LocalCheck = (text: string) => Verdict | undefined

/** The check of a guard that needs nothing but the text. Throws for parameters that it refuses. */
export function createLocalCheck({ kind }: { kind: GuardKind }, asked: object): LocalCheck {
  const { parameters, problem } = checkParameters(kind, { ...asked })
  if (problem) throw new Error(`${problem.path} ${problem.message}`)
  const made = kind.create(parameters, {} as GuardTools)
  return (text) => {
    const exchange = { request: { messages: [{ role: 'user', content: text }] } } as Exchange
    const context: CheckContext = { exchange, signal: new AbortController().signal }
    const segments = [{ role: 'user', kind: 'text', text }] as const
    const verdict = made.check({ stage: 'input', segments }, context)
    if (verdict instanceof Promise) throw new Error('A local guard must not wait.')
    return verdict
  }
}

/** What a guard found in a text, as `LABEL text`. */
export function findings(check: LocalCheck, text: string): readonly string[] {
  const spans = check(text)?.spans ?? []
  return spans.map(({ start, end, label }) => `${label} ${text.slice(start, end)}`)
}
