import { createCheck, type Verdict } from '#core'

/** The answer of the moderation API, as far as it is read. */
export interface Moderation {
  readonly results: readonly ModerationResult[]
}

export interface ModerationResult {
  readonly flagged: boolean
  readonly categories: Readonly<Record<string, boolean | null>>
  readonly category_scores: Readonly<Record<string, number | null>>
}

export const checkModeration = createCheck({
  type: 'object',
  required: ['results'],
  properties: {
    results: {
      type: 'array',
      items: {
        type: 'object',
        required: ['flagged', 'categories', 'category_scores'],
        properties: {
          flagged: { type: 'boolean' },
          categories: { type: 'object', additionalProperties: { type: ['boolean', 'null'] } },
          category_scores: { type: 'object', additionalProperties: { type: ['number', 'null'] } },
        },
      },
    },
  },
})

export interface ModerationRule {
  readonly categories?: readonly string[] | undefined
  readonly thresholds?: Readonly<Record<string, number>> | undefined
}

/**
 * What the results mean under the rule: without one, what the service flags is blocked. Undefined
 * when the rule names a category that the service does not know, which could never block.
 */
export function judgeResults(
  results: readonly ModerationResult[],
  rule: ModerationRule,
): Verdict | undefined {
  const known = new Set(results.flatMap(namesOf))
  const named = [...(rule.categories ?? []), ...Object.keys(rule.thresholds ?? {})]
  if (!named.every((name) => known.has(name))) return undefined
  const found = new Set(results.flatMap((result) => findCategories(result, rule)))
  const isRuled = rule.categories !== undefined || rule.thresholds !== undefined
  const isFlagged = !isRuled && results.some(({ flagged }) => flagged)
  const scores = results.flatMap((result) =>
    Object.entries(result.category_scores).flatMap(([name, score]) =>
      counts(name, rule) ? (score ?? 0) : [],
    ),
  )
  const confidence = Math.min(1, Math.max(0, ...scores))
  if (found.size === 0 && !isFlagged) return { passed: true, confidence }
  const names = [...found].join(', ')
  const text = `The text was flagged as harmful${names === '' ? '' : `: ${names}`}.`
  return { passed: false, confidence, text }
}

function findCategories(result: ModerationResult, rule: ModerationRule): readonly string[] {
  return namesOf(result).filter((name) => {
    if (!counts(name, rule)) return false
    const threshold = rule.thresholds?.[name]
    if (threshold === undefined) return result.categories[name] === true
    return (result.category_scores[name] ?? 0) >= threshold
  })
}

function namesOf(result: ModerationResult): readonly string[] {
  const { categories, category_scores: scores } = result
  return [...new Set([...Object.keys(categories), ...Object.keys(scores)])]
}

function counts(name: string, { categories }: ModerationRule): boolean {
  return categories === undefined || categories.includes(name)
}
