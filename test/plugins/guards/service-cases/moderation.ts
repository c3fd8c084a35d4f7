import { moderation } from '#plugins/guards/moderation'

import { BAD, PLANTED, type ServiceCase } from '../service-guard.ts'

/** As https://platform.openai.com/docs/api-reference/moderations shows it, with fewer categories. */
export function result(isBad: boolean, score = isBad ? 0.93 : 0.002): object {
  return {
    flagged: isBad,
    categories: { violence: isBad, hate: false, illicit: null },
    category_scores: { violence: score, hate: 0.01, illicit: null },
    category_applied_input_types: { violence: ['text'], hate: ['text'] },
  }
}

export const openai: ServiceCase = {
  environment: { OPENAI_API_KEY: PLANTED },
  declare: (address, options) => moderation({ baseUrl: `${address}/v1`, ...options }),
  answer: ({ body }) => ({
    id: 'modr-1',
    model: body.model,
    results: body.input.map((one: unknown) => result(JSON.stringify(one).includes(BAD))),
  }),
  misshapen: [{}, { results: [] }, { results: [{ flagged: 'no' }] }, [], null],
}
