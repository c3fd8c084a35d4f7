import { lakera } from '#plugins/guards/lakera'

import { BAD, PLANTED, type ServiceCase } from '../service-guard.ts'

/** The answer of https://docs.lakera.ai/docs/api/guard. */
export function screening(
  isFlagged: boolean,
  type = 'prompt_attack',
  payload: object[] = [],
): object {
  return {
    flagged: isFlagged,
    payload,
    breakdown: [
      {
        project_id: 'project-1',
        policy_id: 'policy-1',
        detector_id: 'detector-1',
        detector_type: type,
        detected: isFlagged,
      },
      { detector_id: 'detector-2', detector_type: 'unknown_links', detected: false },
    ],
    metadata: { request_uuid: '8b2b6c1c-9f7a-4f8a-9c2d-8a44ca72e975' },
  }
}

export const guard: ServiceCase = {
  environment: { LAKERA_API_KEY: PLANTED },
  declare: (address, options) => lakera({ baseUrl: address, ...options }),
  answer: ({ body }) => screening(JSON.stringify(body.messages).includes(BAD)),
  mask: () => screening(true, 'pii/address', [{ text: BAD, detector_type: 'pii/address' }]),
  misshapen: [{}, { flagged: 'no' }, { flagged: true, breakdown: [{ detected: true }] }, []],
}
