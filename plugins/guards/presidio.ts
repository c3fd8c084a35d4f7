import { defineGuard, findSpans } from '#core'

import { askAll } from './guard/ask-all.ts'
import { callService } from './guard/call-service.ts'
import { connectionSchema, readBaseUrl } from './guard/connection.ts'
import { mergeOverlaps } from './guard/find-excerpts.ts'
import { forOperators } from './guard/for-operators.ts'
import { GuardFault } from './guard/guard-fault.ts'
import { checkEntities, toFound, type Entity, type FoundEntity } from './presidio/entities.ts'

const part = { type: 'number', minimum: 0, maximum: 1 } as const
const entities = {
  type: 'array',
  items: { type: 'string', pattern: '^[A-Z_]+$' },
  minItems: 1,
} as const

const declared = defineGuard({
  type: 'presidio',
  title: 'Presidio',
  summary: 'Blocks or masks personal data, names too, that a Presidio analyzer finds.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      base_url: { ...connectionSchema.base_url, description: 'Default: PRESIDIO_ANALYZER_URL.' },
      language: { type: 'string', pattern: '^[a-z]{2}$', default: 'en' },
      entities: { ...entities, description: 'What to look for: PERSON. Nothing: all it knows.' },
      threshold: { ...part, default: 0.5, description: 'The score from which a find counts.' },
    },
  },
  requestParameters: { entities: { ...entities, maxItems: 100 }, threshold: part },
  actions: ['validate', 'redact', 'observe'],
  timeoutMs: 10_000,
  create({ base_url: given, language, entities: wanted, threshold }, tools) {
    const variable = 'PRESIDIO_ANALYZER_URL'
    const address = readBaseUrl(tools, 'base_url', { given, variable })

    async function find(text: string, signal: AbortSignal): Promise<readonly FoundEntity[]> {
      const answer = await callService<readonly Entity[]>(tools.http, {
        service: 'presidio',
        url: `${address}/analyze`,
        headers: {},
        body: JSON.stringify({
          text,
          language,
          score_threshold: threshold,
          ...(wanted ? { entities: wanted } : {}),
        }),
        signal,
        check: checkEntities,
      })
      const found = toFound(text, answer)
      if (!found) throw new GuardFault('presidio_not_understood')
      return found.filter(({ score }) => score >= threshold)
    }

    return {
      async check(content, { signal }) {
        const texts = new Set<string>()
        findSpans(content, (text) => {
          if (text.trim() !== '') texts.add(text)
          return []
        })
        const asked = [...texts].map(async (text) => ({ text, found: await find(text, signal) }))
        const { answers, isComplete } = await askAll(asked, ({ found }) => found.length > 0)
        const all = answers.flatMap(({ found }) => found)
        if (all.length === 0) return undefined
        const verdict = {
          passed: false,
          confidence: Math.max(...all.map(({ score }) => score)),
          text: 'The text holds personal data.',
        }
        // What could not all be read can not be masked.
        if (!isComplete) return verdict
        const byText = new Map(answers.map(({ text, found }) => [text, mergeOverlaps(found)]))
        return { ...verdict, spans: findSpans(content, (text) => byText.get(text) ?? []) }
      },
    }
  },
})

/**
 * Asks a Presidio analyzer for the personal data in every text, each on its own.
 * https://microsoft.github.io/presidio/api-docs/api-docs.html
 */
export const presidio = forOperators(declared, ['base_url'])
