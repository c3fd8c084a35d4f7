import { defineGuard, findSpans } from '#core'

import { createNameFinder } from './competitors/find-names.ts'

/** Finds names of competitors, however they are spelled: `Acme Corp`, `ACME-Corp`, `acmecorp`. */
export const competitors = defineGuard({
  type: 'competitors',
  title: 'Competitors',
  summary: 'Blocks or masks the names of competitors.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['competitors'],
    properties: {
      competitors: {
        type: 'array',
        items: { type: 'string', pattern: '[^\\s-]' },
        minItems: 1,
      },
      match_partial: {
        type: 'boolean',
        default: true,
        description: 'Find "Acme" in "AcmeSoft" too.',
      },
      case_sensitive: { type: 'boolean', default: false },
    },
  },
  stage: 'output',
  actions: ['validate', 'redact', 'observe'],
  create({ competitors: names, match_partial: isPartial, case_sensitive: isCaseSensitive }) {
    const { find, holdback } = createNameFinder({ names, isPartial, isCaseSensitive })
    return {
      holdback,
      check(content) {
        const spans = findSpans(content, find)
        if (spans.length === 0) return undefined
        return { passed: false, confidence: 1, text: 'The text names a competitor.', spans }
      },
    }
  },
})
