import { defineGuard, findSpans, type Found, type Segment } from '#core'

import { normalise } from './prompt-injection/normalise.ts'
import { scoreInjection } from './prompt-injection/score.ts'

/**
 * Weighs signs of prompt injection: orders to forget the instructions, jailbreaks, questions for the
 * system prompt, markers of chat templates, hidden and encoded text. It knows turns of phrase, not
 * meaning: take it as the first of several fences. What the operator says in system messages is not
 * judged; in results of tools signs weigh more.
 */
export const promptInjection = defineGuard({
  type: 'prompt_injection',
  title: 'Prompt injection',
  summary: 'Blocks texts that try to take over the model, by heuristics and without a model.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      threshold: { type: 'number', minimum: 0, maximum: 1, default: 0.7 },
      detection_patterns: {
        type: 'array',
        items: { type: 'string', minLength: 3 },
        default: [],
        description: 'More phrases, each of which is enough alone. Case and spaces do not matter.',
      },
    },
  },
  stage: 'input',
  actions: ['validate', 'redact', 'observe'],
  create({ threshold, detection_patterns: patterns }) {
    const phrases = patterns.map((phrase) => normalise(phrase).trim())
    return {
      check(content) {
        let confidence = 0
        const spans = findSpans(content, (text, _from, segment): Found[] => {
          if (isTrusted(segment)) return []
          const isToolResult = segment.kind === 'tool_result'
          const { score, labels } = scoreInjection(text, { phrases }, isToolResult)
          if (score < threshold || labels.length === 0) return []
          confidence = Math.max(confidence, score)
          return labels.map((label) => ({ start: 0, end: text.length, label }))
        })
        if (spans.length === 0) return undefined
        return { passed: false, confidence, text: 'The text looks like a prompt injection.', spans }
      },
    }
  },
})

function isTrusted({ role, kind }: Segment): boolean {
  return (role === 'system' || role === 'developer') && kind === 'text'
}
