import { defineGuard } from '#core'

import { judgeTexts } from './guard/judge-texts.ts'
import { createTopic, filterFor, scoreTopic, wordsOf, type Topic } from './topic/score-topic.ts'

const topics = {
  type: 'array',
  items: { type: 'string', minLength: 1 },
  default: [],
} as const

/** So many different words must a text have before one can say that it is about nothing allowed. */
const FEWEST_WORDS = 4

/**
 * Tells by its words what a text is about: of a request the last message counts, of an answer each
 * text. It blocks forbidden topics, and texts of some length with no word of an allowed one. It knows
 * words, not meaning; for that take a judge.
 */
export const topic = defineGuard({
  type: 'topic',
  title: 'Topic',
  summary:
    'Blocks texts about forbidden topics, or about none of the allowed ones, by their words.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      allowed_topics: { ...topics, description: 'What texts may be about. Nothing: anything.' },
      forbidden_topics: topics,
      topic_words: {
        type: 'object',
        additionalProperties: {
          type: 'array',
          items: { type: 'string', minLength: 2 },
          minItems: 1,
        },
        description:
          'Words by topic, English ones in any form, or beginnings: elect*. Known without: politics, religion, medicine, law, finance, gambling, weapons, drugs, sports, sexuality.',
      },
      threshold: { type: 'number', minimum: 0, maximum: 1, default: 0.7 },
    },
  },
  create(parameters) {
    const { topic_words: words = {}, threshold } = parameters
    const toTopic = (name: string): Topic => createTopic(name, words[name])
    const forbidden = parameters.forbidden_topics.map(toTopic)
    const allowed = parameters.allowed_topics.map(toTopic)
    const isAnythingAllowed = allowed.length === 0
    // How many words a text has counts only where it must be about something.
    const mayCount = isAnythingAllowed ? filterFor(forbidden) : (): boolean => true
    return {
      check(content, { exchange }) {
        let confidence = 0
        const verdict = judgeTexts(content, exchange, (text) => {
          const spoken = wordsOf(text, mayCount)
          for (const one of forbidden) {
            confidence = scoreTopic(spoken, one)
            if (confidence >= threshold) return `The text is about ${one.name}.`
          }
          if (isAnythingAllowed || spoken.size < FEWEST_WORDS) return undefined
          confidence = 1 - Math.max(...allowed.map((one) => scoreTopic(spoken, one)))
          return confidence >= threshold
            ? 'The text is about none of the allowed topics.'
            : undefined
        })
        return verdict && { ...verdict, confidence }
      },
    }
  },
})
