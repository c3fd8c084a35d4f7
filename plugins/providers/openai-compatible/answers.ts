import { GatewayError, type ChatChoice, type ChatCompletion, type TokenUsage } from '#core'

import type { AnswerQuirk } from './answer-quirks.ts'
import { isFields, textOf, type Fields } from './fields.ts'
import { toFinishReason } from './finish-reason.ts'
import { readToolCalls } from './tool-calls.ts'

/** Whose answers are read, and how they differ from OpenAI's. */
export interface AnswerForm {
  readonly title: string
  readonly quirks: readonly AnswerQuirk[]
}

/** The canonical answer from a whole answer of the provider. Throws `invalid_upstream_response`. */
export function readAnswer(form: AnswerForm, body: unknown, model: string): ChatCompletion {
  const answer = choicesOf(form, body)
  const { usage } = answer
  return {
    ...answer,
    id: textOf(answer['id']) ?? '',
    object: 'chat.completion',
    created: secondsOf(answer['created']),
    model: textOf(answer['model']) ?? model,
    choices: answer.choices.map((choice, index) => readChoice(form, choice, index)),
    ...(isFields(usage) && { usage: readUsage(form, usage) }),
  }
}

function readChoice(form: AnswerForm, choice: Fields, index: number): ChatChoice {
  const given = isFields(choice['message']) ? choice['message'] : {}
  const message = readMessage(form, given)
  const calls = readToolCalls(message['tool_calls'])
  return {
    ...choice,
    index,
    message: {
      ...message,
      role: 'assistant',
      content: typeof message['content'] === 'string' ? message['content'] : null,
      ...(calls && { tool_calls: calls }),
    },
    finish_reason:
      toFinishReason(choice['finish_reason'], form.title) ?? (calls ? 'tool_calls' : 'stop'),
  }
}

/** A body with choices: what every answer and every event of one has. */
export function choicesOf(form: AnswerForm, body: unknown): Fields & { choices: Fields[] } {
  if (isFields(body) && Array.isArray(body['choices'])) {
    return { ...body, choices: body['choices'].filter(isFields) }
  }
  const message = `${form.title} answered with JSON that is no chat completion.`
  throw new GatewayError('invalid_upstream_response', message)
}

/** The message or delta after the provider's quirks. */
export function readMessage({ quirks }: AnswerForm, message: Fields): Fields {
  return quirks.reduce((before, quirk) => quirk.message?.(before) ?? before, message)
}

/** The usage in OpenAI's counting: totals that are not told are added up. */
export function readUsage({ quirks }: AnswerForm, usage: Fields): TokenUsage {
  const counted = quirks.reduce((before, quirk) => quirk.usage?.(before) ?? before, usage)
  const prompt = countOf(counted['prompt_tokens'])
  const completion = countOf(counted['completion_tokens'])
  const total = countOf(counted['total_tokens']) || prompt + completion
  return { ...counted, prompt_tokens: prompt, completion_tokens: completion, total_tokens: total }
}

/** Unix seconds; 0 where the provider tells none. */
export function secondsOf(value: unknown): number {
  return typeof value === 'number' ? Math.trunc(value) : 0
}

function countOf(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0
}
