import { defineGuard } from '#core'

import { exampleVectors } from './dataset/example-vectors.ts'
import { embed, mostSimilar } from './dataset/similarity.ts'
import { GuardFault } from './guard/guard-fault.ts'
import { readTexts, scopeSchema } from './guard/read-texts.ts'

const part = { type: 'number', minimum: 0, maximum: 1 } as const

/**
 * Judges a text by the labelled example that it is most like, by the cosine of their embeddings.
 * From `threshold` on the text passes as that example does, and confidence is the likeness; below
 * it every text passes, with what is missing from 1. The vectors of the examples are asked for
 * once.
 */
export const dataset = defineGuard({
  type: 'dataset',
  title: 'Examples',
  summary: 'Judges a text by the labelled example that it is most like.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['dataset'],
    properties: {
      dataset: {
        type: 'array',
        minItems: 1,
        maxItems: 2000,
        description: 'Examples; the label says whether a text like it passes.',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['text', 'label'],
          properties: { text: { type: 'string', minLength: 1 }, label: { type: 'boolean' } },
        },
      },
      embedding_model: {
        type: 'string',
        minLength: 1,
        default: 'openai/text-embedding-3-small',
        description: 'Any embedding model of the gateway.',
      },
      threshold: { ...part, default: 0.8 },
      scope: { ...scopeSchema, default: 'last_message' },
    },
  },
  requestParameters: { threshold: part },
  timeoutMs: 20_000,
  create({ dataset: examples, embedding_model: model, threshold, scope }, tools) {
    return {
      async check(content, { exchange, signal }) {
        const texts = readTexts(content, exchange, scope).map(({ text }) => text)
        if (texts.length === 0) return undefined
        const [known, asked] = await Promise.all([
          exampleVectors(tools, model, examples, exchange),
          embed(tools.ask, model, texts, { parent: exchange, signal }),
        ])
        let confidence = 1
        for (const vector of asked) {
          const best = mostSimilar(vector, known)
          if (!best) throw new GuardFault('dataset_vectors_differ')
          if (best.similarity < threshold) {
            confidence = Math.min(confidence, 1 - Math.max(0, best.similarity))
          } else if (examples[best.index]?.label !== true) {
            const text = 'The text is like one that is not allowed.'
            return { passed: false, confidence: Math.min(1, best.similarity), text }
          } else confidence = Math.min(confidence, best.similarity)
        }
        return { passed: true, confidence }
      },
    }
  },
})
