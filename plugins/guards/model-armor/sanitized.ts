import { createCheck } from '#core'

/** The answer of Model Armor, as far as it is read. */
export interface Sanitized {
  readonly sanitizationResult: {
    readonly filterMatchState: string
    readonly invocationResult?: string
    /** By filter: `rai`, `pi_and_jailbreak`, `sdp`, `malicious_uris`, `csam`. */
    readonly filterResults?: Readonly<Record<string, FilterResult>>
  }
}

interface FilterResult {
  readonly sdpFilterResult?: {
    readonly deidentifyResult?: {
      readonly matchState?: string
      readonly data?: { readonly text?: string }
    }
  }
}

/** What was found in one text. */
export interface Reading {
  readonly filters: readonly string[]
  /** The text without what was found, when all of that was sensitive data that is masked. */
  readonly masked: string | undefined
}

const text = { type: 'string' }

export const checkSanitized = createCheck({
  type: 'object',
  required: ['sanitizationResult'],
  properties: {
    sanitizationResult: {
      type: 'object',
      required: ['filterMatchState'],
      properties: {
        filterMatchState: { enum: ['MATCH_FOUND', 'NO_MATCH_FOUND'] },
        invocationResult: text,
        filterResults: {
          type: 'object',
          propertyNames: { pattern: '^\\w{1,60}$' },
          additionalProperties: {
            type: 'object',
            properties: {
              sdpFilterResult: {
                type: 'object',
                properties: {
                  deidentifyResult: {
                    type: 'object',
                    properties: {
                      matchState: text,
                      data: { type: 'object', properties: { text } },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
})

/** What an answer means; undefined when filters were left out, and the others found nothing. */
export function readSanitized({ sanitizationResult: result }: Sanitized): Reading | undefined {
  const { filterMatchState, filterResults = {}, invocationResult = 'SUCCESS' } = result
  const matching = Object.entries(filterResults).filter(([, one]) => holdsMatch(one))
  const filters = matching.map(([name]) => name)
  const isFound = filterMatchState === 'MATCH_FOUND' || filters.length > 0
  if (!isFound) {
    return invocationResult === 'SUCCESS' ? { filters: [], masked: undefined } : undefined
  }
  const [only, ...more] = matching
  const deidentified = more.length === 0 ? only?.[1].sdpFilterResult?.deidentifyResult : undefined
  return {
    filters: filters.length > 0 ? filters : ['a filter'],
    masked: invocationResult === 'SUCCESS' ? deidentified?.data?.text : undefined,
  }
}

/** Filters tell what they found each at another depth. */
function holdsMatch(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, inner]) =>
    name === 'matchState' ? inner === 'MATCH_FOUND' : holdsMatch(inner),
  )
}
