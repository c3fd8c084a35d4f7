import { azureContentSafety } from '#plugins/guards/azure-content-safety'

import type { ReceivedRequest } from '../../../helpers/upstream.ts'
import { BAD, PLANTED, type ServiceCase } from '../service-guard.ts'

/** The answers of text:analyze and text:shieldPrompt, version 2024-09-01. */
export const analysis = (violence: number, blocklistsMatch: object[] = []): object => ({
  blocklistsMatch,
  categoriesAnalysis: [
    { category: 'Hate', severity: 0 },
    { category: 'Violence', severity: violence },
  ],
})
export const shield = (isAttack: boolean, documents: readonly string[] = []): object =>
  documents.length > 0
    ? { documentsAnalysis: documents.map((text) => ({ attackDetected: text.includes(BAD) })) }
    : { userPromptAnalysis: { attackDetected: isAttack } }

export const isShield = ({ path }: ReceivedRequest): boolean => path.includes('shieldPrompt')

export const azure: ServiceCase = {
  environment: { AZURE_CONTENT_SAFETY_KEY: PLANTED },
  declare: (address, options) => azureContentSafety({ baseUrl: `${address}/`, ...options }),
  answer: (request) =>
    isShield(request) ? shield(false) : analysis(request.body.text.includes(BAD) ? 4 : 0),
  misshapen: [
    {},
    { categoriesAnalysis: [] },
    { categoriesAnalysis: [{ category: 'Hate' }] },
    { userPromptAnalysis: {} },
    { documentsAnalysis: [{ attackDetected: false }] },
  ],
}
