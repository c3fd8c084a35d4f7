import { createCheck, type GuardContent, type Verdict } from '#core'

export interface HookAnswer {
  readonly passed: boolean
  readonly confidence?: number
  readonly text?: string
  readonly spans?: readonly {
    readonly segment: number
    readonly start: number
    readonly end: number
    readonly label: string
    readonly mask?: string
  }[]
  /** New texts, by the index of their segment. */
  readonly replacements?: Readonly<Record<string, string>>
}

const index = { type: 'integer', minimum: 0 }

export const checkHookAnswer = createCheck({
  type: 'object',
  additionalProperties: false,
  required: ['passed'],
  properties: {
    passed: { type: 'boolean' },
    confidence: { type: 'number', minimum: 0, maximum: 1 },
    text: { type: 'string', maxLength: 1000 },
    spans: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['segment', 'start', 'end', 'label'],
        properties: {
          segment: index,
          start: index,
          end: index,
          label: { type: 'string', pattern: '^[\\w -]{1,60}$' },
          mask: { type: 'string', maxLength: 1000 },
        },
      },
    },
    replacements: {
      type: 'object',
      propertyNames: { pattern: '^\\d+$' },
      additionalProperties: { type: 'string' },
    },
  },
})

/** What the answer means for this content; undefined when it names places that are not there. */
export function toVerdict(answer: HookAnswer, { segments }: GuardContent): Verdict | undefined {
  const { spans, replacements, ...rest } = answer
  const isThere = spans?.every(({ segment, start, end }) => {
    const length = segments[segment]?.text.length
    return length !== undefined && start < end && end <= length
  })
  if (isThere === false) return undefined
  const replaced = Object.entries(replacements ?? {}).map(
    ([at, text]) => [Number(at), text] as const,
  )
  if (replaced.some(([at]) => at >= segments.length)) return undefined
  return {
    ...rest,
    ...(spans ? { spans } : {}),
    ...(replaced.length > 0 ? { replacements: new Map(replaced) } : {}),
  }
}
