import type { TokenUsage } from './completion.ts'

/** The usage of several turns as that of one answer: every count, however deep, is their sum. */
export function sumUsage(usages: readonly TokenUsage[]): TokenUsage | undefined {
  const [first, ...rest] = usages
  return first && rest.reduce((sum, usage) => sumOf(sum, usage) as TokenUsage, first)
}

/** Counts are added, objects field by field; of anything else the later stays. */
function sumOf(one: unknown, other: unknown): unknown {
  if (typeof one === 'number' && typeof other === 'number') return one + other
  if (!isObject(one) || !isObject(other)) return other ?? one
  const fields = new Set([...Object.keys(one), ...Object.keys(other)])
  return Object.fromEntries([...fields].map((field) => [field, sumOf(one[field], other[field])]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
