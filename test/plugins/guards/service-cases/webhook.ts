import { webhook } from '#plugins/guards/webhook'

import { BAD, PLANTED, type ServiceCase } from '../service-guard.ts'

export const hook: ServiceCase = {
  environment: { TAPGATE_WEBHOOK_SECRET: PLANTED },
  declare: (address, options) => webhook({ url: `${address}/judge`, ...options }),
  answer: ({ body }) => {
    const isBad = JSON.stringify(body.content).includes(BAD)
    return isBad ? { passed: false, confidence: 0.8, text: 'Not in this house.' } : { passed: true }
  },
  mask: ({ body }) => ({
    passed: false,
    spans: body.content.segments.flatMap(({ text }: { text: string }, segment: number) => {
      const start = text.indexOf(BAD)
      return start === -1 ? [] : [{ segment, start, end: start + BAD.length, label: 'PLACE' }]
    }),
  }),
  misshapen: [
    {},
    { passed: 'yes' },
    { passed: true, confidence: 7 },
    { passed: true, more: 1 },
    { passed: false, spans: [{ segment: 0, start: 0, end: 9999, label: 'X' }] },
    { passed: false, spans: [{ segment: 7, start: 0, end: 1, label: 'X' }] },
    { passed: true, replacements: { 7: 'x' } },
  ],
}
