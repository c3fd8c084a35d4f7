import { isFields, textOf, type Fields } from './fields.ts'

/** One way in which a provider's chat answers differ from OpenAI's. */
export interface AnswerQuirk {
  /** The message of a whole answer, and the delta of each event of a streamed one. */
  message?(message: Fields): Fields
  usage?(usage: Fields): Fields
}

/** Reasoning comes as `reasoning`; it is also given under the gateway's own name for it. */
export const reasoningIsNamedReasoning: AnswerQuirk = {
  message(message) {
    const words = textOf(message['reasoning'])
    if (words === undefined || message['reasoning_content'] !== undefined) return message
    return { ...message, reasoning_content: words }
  },
}

/**
 * xAI counts reasoning beside the completion tokens, not among them. Only where the total says so,
 * lest a correction upstream be corrected again.
 */
export const reasoningIsCountedApart: AnswerQuirk = {
  usage(usage) {
    const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage
    const details = usage['completion_tokens_details']
    const reasoning = isFields(details) ? details['reasoning_tokens'] : undefined
    if (typeof prompt !== 'number' || typeof completion !== 'number') return usage
    if (typeof reasoning !== 'number' || reasoning === 0) return usage
    if (total !== prompt + completion + reasoning) return usage
    return { ...usage, completion_tokens: completion + reasoning }
  },
}
