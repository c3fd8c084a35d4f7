import { defineGuard, findSpans, type Found } from '#core'

import { createPiiFinder, PII_TYPES } from './pii/find-pii.ts'
import { placeholdersOf } from './pii/placeholders.ts'

const DEFAULT_TYPES = ['email', 'phone', 'ssn', 'credit_card', 'iban']

/**
 * Finds personal data by its form, its checksum and the words before it. What has neither a form nor
 * a checksum (names, postal addresses) it does not find.
 */
export const pii = defineGuard({
  type: 'pii',
  title: 'Personal data',
  summary: 'Blocks or masks e-mail addresses, phone, card and account numbers, identity numbers.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      pii_types: {
        type: 'array',
        items: { enum: PII_TYPES },
        minItems: 1,
        description: `What to look for. Default: ${DEFAULT_TYPES.join(', ')}. national_id stands for those of every country.`,
      },
      reversible: {
        type: 'boolean',
        default: false,
        description:
          'With redact at both stages: the model reads <EMAIL_1>, and the caller reads the address again.',
      },
    },
  },
  actions: ['validate', 'redact', 'observe'],
  create({ pii_types: types = DEFAULT_TYPES, reversible }) {
    const { find, holdback } = createPiiFinder(types)
    return {
      holdback,
      check(content, { exchange }) {
        const placeholders = reversible ? placeholdersOf(exchange) : undefined
        const isInput = content.stage === 'input'
        if (isInput) placeholders?.avoid(content)
        let confidence = 0
        const spans = findSpans(content, (text, from) => {
          const finds: Found[] = isInput ? [] : (placeholders?.findHidden(text) ?? [])
          for (const found of find(text, from)) {
            confidence = Math.max(confidence, found.confidence)
            const { start, end, label } = found
            const value = text.slice(start, end)
            const hidden = isInput ? placeholders?.hide(label, value) : undefined
            finds.push({ start, end, label, ...(hidden ? { mask: hidden } : {}) })
          }
          return finds.filter(({ start }) => start >= from)
        })
        if (spans.length === 0) return undefined
        if (confidence === 0) return { passed: true, spans }
        return { passed: false, confidence, text: 'The text holds personal data.', spans }
      },
    }
  },
})
