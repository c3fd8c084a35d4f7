import { createCheck, type GuardContent } from '#core'

/** The answer of `POST /v2/guard`, as far as it is read. */
export interface Screening {
  readonly flagged: boolean
  /** By detector. */
  readonly breakdown?: readonly { readonly detector_type: string; readonly detected: boolean }[]
  /** What was found, where a detector can say it. */
  readonly payload?: readonly {
    readonly text: string
    readonly detector_type: string
    readonly labels?: readonly string[]
  }[]
}

const detector = { type: 'string', pattern: '^[\\w/ -]{1,80}$' }

export const checkScreening = createCheck({
  type: 'object',
  required: ['flagged'],
  properties: {
    flagged: { type: 'boolean' },
    breakdown: {
      type: 'array',
      items: {
        type: 'object',
        required: ['detector_type', 'detected'],
        properties: { detector_type: detector, detected: { type: 'boolean' } },
      },
    },
    payload: {
      type: 'array',
      items: {
        type: 'object',
        required: ['text', 'detector_type'],
        properties: {
          text: { type: 'string' },
          detector_type: detector,
          labels: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
})

const ROLES = ['system', 'user', 'assistant', 'tool']
/** What is said; the rest is not a turn of the conversation. */
const SAID = ['text', 'tool_result', 'tool_call', 'reasoning']

/** The conversation as Lakera takes it. */
export function toMessages({ segments }: GuardContent): readonly object[] {
  return segments
    .filter(({ kind, text }) => SAID.includes(kind) && text.trim() !== '')
    .map(({ role, text }) => ({ role: ROLES.includes(role) ? role : 'user', content: text }))
}

/** All that was found, to be covered; undefined when a detector does not say what it found. */
export function excerptsOf({
  breakdown = [],
  payload = [],
}: Screening): readonly { readonly text: string; readonly label: string }[] | undefined {
  const isTold = breakdown.every(
    ({ detected, detector_type: type }) =>
      !detected || payload.some((one) => one.detector_type === type),
  )
  if (!isTold || payload.length === 0) return undefined
  return payload.map(({ text, detector_type: type }) => ({
    text,
    label: (type.split('/').at(-1) ?? type).toUpperCase(),
  }))
}
