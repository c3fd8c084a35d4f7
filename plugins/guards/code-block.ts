import { defineGuard, findSpans } from '#core'

import { findCodeBlocks, findInlineCode, type CodeBlock } from './code-block/find-code.ts'
import { canonicalLanguage } from './code-block/languages.ts'

const languages = { type: 'array', items: { type: 'string', minLength: 1 } } as const

/** Finds code in Markdown, and tells its language from the fence or, without one, from the code. */
export const codeBlock = defineGuard({
  type: 'code_block',
  title: 'Code',
  summary: 'Blocks or masks code, or code in some languages.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      allowed_languages: { ...languages, default: [], description: 'Code in these passes.' },
      denied_languages: {
        ...languages,
        description: 'Only code in these is found. Nothing: in all that are not allowed.',
      },
      inline: {
        type: 'boolean',
        default: false,
        description: 'Look between single back quotes too.',
      },
    },
  },
  actions: ['validate', 'redact', 'observe'],
  create({ allowed_languages: allowed, denied_languages: denied, inline }) {
    const allowedNames = new Set(allowed.map(canonicalLanguage))
    const deniedNames = denied && new Set(denied.map(canonicalLanguage))
    const isForbidden = ({ language }: CodeBlock): boolean =>
      deniedNames ? deniedNames.has(language) : !allowedNames.has(language)
    return {
      check(content) {
        const spans = findSpans(content, (text) =>
          [...findCodeBlocks(text), ...(inline ? findInlineCode(text) : [])]
            .filter(isForbidden)
            .map(({ start, end }) => ({ start, end, label: 'CODE' })),
        )
        if (spans.length === 0) return undefined
        return { passed: false, confidence: 1, text: 'The text holds code.', spans }
      },
    }
  },
})
