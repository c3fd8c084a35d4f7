import { defineGuard, type ChatRequest } from '#core'

import { GuardFault } from './guard/guard-fault.ts'
import { joinTexts, readTexts, scopeSchema } from './guard/read-texts.ts'
import { lastQuestion } from './llama-guard/last-question.ts'
import { HAZARDS, readRating } from './llama-guard/rating.ts'

/**
 * Asks a Llama Guard model, at any provider that runs one, whether a text is safe. It answers
 * `safe`, or `unsafe` and the hazards on the next line; anything else is a fault. An answer is
 * judged together with the question that it answers.
 * https://www.llama.com/docs/model-cards-and-prompt-formats/llama-guard-3/
 */
export const llamaGuard = defineGuard({
  type: 'llama_guard',
  title: 'Llama Guard',
  summary: 'Blocks what a Llama Guard model finds unsafe.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['model'],
    properties: {
      model: {
        type: 'string',
        minLength: 1,
        description: 'A Llama Guard model of the gateway: groq/meta-llama/llama-guard-4-12b.',
      },
      categories: {
        type: 'array',
        items: { enum: Object.keys(HAZARDS) },
        minItems: 1,
        description: 'Only these hazards block (S1 to S14). Nothing: all of them.',
      },
      scope: { ...scopeSchema, default: 'last_message' },
    },
  },
  requestParameters: {
    categories: { type: 'array', items: { enum: Object.keys(HAZARDS) }, minItems: 1 },
  },
  timeoutMs: 20_000,
  create({ model, categories, scope }, { ask }) {
    return {
      async check(content, { exchange, signal }) {
        const judged = joinTexts(readTexts(content, exchange, scope))
        if (judged === '') return undefined
        const messages: ChatRequest['messages'] =
          content.stage === 'input'
            ? [{ role: 'user', content: judged }]
            : [
                { role: 'user', content: lastQuestion(exchange.request) },
                { role: 'assistant', content: judged },
              ]
        const answer = await ask({
          operation: 'chat',
          request: { model, messages },
          purpose: 'guard',
          parent: exchange,
          signal,
        })
        const rating = readRating(answer.choices[0]?.message.content)
        if (!rating) throw new GuardFault('llama_guard_not_understood')
        const { isSafe, hazards } = rating
        const found = categories ? hazards.filter((one) => categories.includes(one)) : hazards
        // Unsafe for a reason that it does not give is unsafe.
        if (isSafe || (hazards.length > 0 && found.length === 0)) return { passed: true }
        const names = found.map((one) => HAZARDS[one] ?? one).join(', ')
        return { passed: false, text: `The text is unsafe${names === '' ? '' : `: ${names}`}.` }
      },
    }
  },
})
