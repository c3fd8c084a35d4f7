import { createCheck } from '#core'

/** The answer of ApplyGuardrail, as far as it is read. */
export interface Assessed {
  readonly action: 'NONE' | 'GUARDRAIL_INTERVENED'
  readonly assessments: readonly Readonly<Record<string, unknown>>[]
}

/** One thing that a policy found: a topic, a filter, a word, an entity. */
interface Found {
  readonly action: string
  readonly type?: string
  readonly name?: string
  readonly match?: string
}

export const checkAssessed = createCheck({
  type: 'object',
  required: ['action', 'assessments'],
  properties: {
    action: { enum: ['NONE', 'GUARDRAIL_INTERVENED'] },
    assessments: { type: 'array', items: { type: 'object' } },
  },
})

/** The policies' names for what they found, which quote no text: `PROMPT_ATTACK`, `EMAIL`. */
export function findings(assessed: Assessed): readonly string[] {
  const names = intervening(assessed).flatMap(({ type, name }) => type ?? name ?? [])
  return [...new Set(names.filter((name) => /^[\w -]{1,60}$/.test(name)))]
}

/** What is to be masked; undefined when a policy blocks, or does not say what it found. */
export function excerptsOf(
  assessed: Assessed,
): readonly { readonly text: string; readonly label: string }[] | undefined {
  const found = intervening(assessed)
  const excerpts = found.flatMap(({ action, match, type, name }) =>
    action === 'ANONYMIZED' && match !== undefined
      ? [{ text: match, label: toLabel(type ?? name) }]
      : [],
  )
  return found.length > 0 && excerpts.length === found.length ? excerpts : undefined
}

function toLabel(name = 'MATCH'): string {
  return name.toUpperCase().replaceAll(/\W+/g, '_').slice(0, 60)
}

/** All that made the guardrail step in; with `NONE` a policy only reports. */
function intervening({ assessments }: Assessed): readonly Found[] {
  return assessments
    .flatMap((assessment) => Object.values(assessment).filter(isObject))
    .flatMap((policy) => Object.values(policy).filter((list) => Array.isArray(list)))
    .flatMap((list: unknown[]) => list.filter(isFound))
    .filter(({ action }) => action !== 'NONE')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFound(value: unknown): value is Found {
  if (!isObject(value)) return false
  const { action, type, name, match } = value as Readonly<Record<string, unknown>>
  const isText = (field: unknown): boolean => field === undefined || typeof field === 'string'
  return typeof action === 'string' && [type, name, match].every(isText)
}
