import { createCheck } from '#core'

/** The answer of `text:analyze`. */
export interface Analysis {
  readonly categoriesAnalysis: readonly { readonly category: string; readonly severity: number }[]
  readonly blocklistsMatch?: readonly object[]
}

/** The answer of `text:shieldPrompt`. */
export interface Shield {
  readonly userPromptAnalysis?: { readonly attackDetected: boolean } | null
  readonly documentsAnalysis?: readonly { readonly attackDetected: boolean }[]
}

export const checkAnalysis = createCheck({
  type: 'object',
  required: ['categoriesAnalysis'],
  properties: {
    blocklistsMatch: { type: 'array', items: { type: 'object' } },
    categoriesAnalysis: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['category', 'severity'],
        properties: {
          category: { type: 'string', pattern: '^\\w{1,40}$' },
          severity: { type: 'integer', minimum: 0, maximum: 7 },
        },
      },
    },
  },
})

const finding = {
  type: 'object',
  required: ['attackDetected'],
  properties: { attackDetected: { type: 'boolean' } },
}

/** For a question about a prompt. */
export const checkPromptShield = createCheck({
  type: 'object',
  required: ['userPromptAnalysis'],
  properties: { userPromptAnalysis: finding },
})

/** For a question about one document. */
export const checkDocumentShield = createCheck({
  type: 'object',
  required: ['documentsAnalysis'],
  properties: { documentsAnalysis: { type: 'array', minItems: 1, items: finding } },
})
