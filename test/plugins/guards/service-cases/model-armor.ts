import { modelArmor } from '#plugins/guards/model-armor'

import { BAD, PLANTED, type ServiceCase } from '../service-guard.ts'

export const TEMPLATE = 'projects/house/locations/europe-west4/templates/strict'

type State = 'MATCH_FOUND' | 'NO_MATCH_FOUND'

/** The answer of sanitizeUserPrompt and sanitizeModelResponse. */
export function sanitized(jailbreak: State, sdp?: object, invocationResult = 'SUCCESS'): object {
  const isFound = jailbreak === 'MATCH_FOUND' || sdp !== undefined
  return {
    sanitizationResult: {
      filterMatchState: isFound ? 'MATCH_FOUND' : 'NO_MATCH_FOUND',
      invocationResult,
      filterResults: {
        csam: { csamFilterFilterResult: { matchState: 'NO_MATCH_FOUND' } },
        pi_and_jailbreak: {
          piAndJailbreakFilterResult: {
            executionState: 'EXECUTION_SUCCESS',
            matchState: jailbreak,
          },
        },
        sdp: { sdpFilterResult: sdp ?? { inspectResult: { matchState: 'NO_MATCH_FOUND' } } },
      },
    },
  }
}

export const deidentified = (text: string): object => ({
  deidentifyResult: {
    executionState: 'EXECUTION_SUCCESS',
    matchState: 'MATCH_FOUND',
    data: { text },
  },
})

export const armor: ServiceCase = {
  environment: { MODEL_ARMOR_ACCESS_TOKEN: PLANTED },
  declare: (address, options) => modelArmor({ template: TEMPLATE, baseUrl: address, ...options }),
  answer: ({ body }) =>
    sanitized(JSON.stringify(body).includes(BAD) ? 'MATCH_FOUND' : 'NO_MATCH_FOUND'),
  mask({ body }) {
    const { text } = body.userPromptData ?? body.modelResponseData
    return text.includes(BAD)
      ? sanitized('NO_MATCH_FOUND', deidentified(text.replaceAll(BAD, '[PLACE]')))
      : sanitized('NO_MATCH_FOUND')
  },
  misshapen: [
    {},
    { sanitizationResult: { filterMatchState: 'MAYBE' } },
    // Filters that did not run have found nothing.
    sanitized('NO_MATCH_FOUND', undefined, 'PARTIAL'),
    sanitized('NO_MATCH_FOUND', undefined, 'FAILURE'),
  ],
}
