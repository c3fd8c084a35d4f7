import type { GuardReference } from '#core'

const MOST_GUARDS = 50

/** What the bodies of keys and projects take as `guards`: `["pii", { "id": "words", "parameters": {} }]`. */
export const GUARDS_SCHEMA = {
  type: 'array',
  maxItems: MOST_GUARDS,
  items: {
    anyOf: [
      { type: 'string', minLength: 1, maxLength: 200 },
      {
        type: 'object',
        required: ['id'],
        additionalProperties: false,
        properties: {
          id: { type: 'string', minLength: 1, maxLength: 200 },
          parameters: { type: 'object' },
        },
      },
    ],
  },
} as const

/** The guards of a body that was checked; undefined when it says nothing of them. */
export function readGuards(
  listed: readonly (string | GuardReference)[] | undefined,
): readonly GuardReference[] | undefined {
  return listed?.map((one) => (typeof one === 'string' ? { id: one } : one))
}

/** The guards as a person would write them. */
export function toGuardList(
  guards: readonly GuardReference[],
): readonly (string | GuardReference)[] {
  return guards.map((one) => (one.parameters ? one : one.id))
}

/** For a line of text: `  guards pii,words`, or nothing. */
export function describeGuards(guards: readonly GuardReference[]): readonly string[] {
  return guards.length > 0 ? [`guards ${guards.map(({ id }) => id).join(',')}`] : []
}
