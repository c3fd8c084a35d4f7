import { decodeHidden } from './encoded.ts'
import { hidesText, normalise } from './normalise.ts'
import { createPhraseVisitor } from './phrases.ts'
import { SIGNALS } from './signals.ts'

/** How likely a text tries to take over the model, and what speaks for it. */
export interface InjectionScore {
  /** From 0 to 1. */
  readonly score: number
  readonly labels: readonly string[]
}

export interface InjectionRule {
  /** Phrases that alone are enough, normalised. */
  readonly phrases: readonly string[]
}

const HIDDEN_TEXT_WEIGHT = 0.5
/** Who encodes such a phrase means it. */
const ENCODED_WEIGHT = 0.9
const ENCODED_THRESHOLD = 0.5
/** A tool's result is data: what speaks like an order in it has no reason to be there. */
const TOOL_RESULT_POWER = 1.6

/** Weighs what a text says. Signs of different sorts add up as independent evidence does. */
export function scoreInjection(
  text: string,
  { phrases }: InjectionRule,
  isToolResult: boolean,
): InjectionScore {
  const weights = weighSignals(normalise(text), phrases)
  if (hidesText(text)) weights.set('HIDDEN_TEXT', HIDDEN_TEXT_WEIGHT)
  for (const decoded of decodeHidden(text)) {
    const sum = addUp(weighSignals(normalise(decoded), phrases))
    if (sum >= ENCODED_THRESHOLD) weights.set('ENCODED', ENCODED_WEIGHT)
  }
  const doubt = (1 - addUp(weights)) ** (isToolResult ? TOOL_RESULT_POWER : 1)
  return { score: 1 - doubt, labels: [...weights.keys()] }
}

function addUp(weights: ReadonlyMap<string, number>): number {
  let doubt = 1
  for (const weight of weights.values()) doubt *= 1 - weight
  return 1 - doubt
}

const visitPhrases = createPhraseVisitor(
  SIGNALS.flatMap(({ label, phrases }) => phrases.map((phrase) => ({ label, ...phrase }))),
)
const ELSEWHERE = SIGNALS.flatMap(({ label, elsewhere }) =>
  elsewhere === undefined ? [] : { label, pattern: new RegExp(elsewhere) },
)

function weighSignals(normalised: string, phrases: readonly string[]): Map<string, number> {
  const labels = new Set<string>()
  visitPhrases(normalised, (candidates, start) => {
    for (const { label, pattern } of candidates) {
      if (labels.has(label)) continue
      pattern.lastIndex = start
      if (pattern.test(normalised)) labels.add(label)
    }
  })
  for (const { label, pattern } of ELSEWHERE) if (pattern.test(normalised)) labels.add(label)
  const weights = new Map<string, number>()
  for (const { label, weight } of SIGNALS) if (labels.has(label)) weights.set(label, weight)
  if (phrases.some((phrase) => normalised.includes(phrase))) weights.set('PHRASE', 1)
  return weights
}
