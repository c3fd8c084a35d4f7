import type { Call, ChatRequest } from '#core'

import { planAnswerForm } from './answer-form.ts'
import { unsupported, type Conversion } from './conversion.ts'
import { isObject, type JsonObject } from './json.ts'
import { toConversation } from './messages.ts'
import { traitsOf } from './model-traits.ts'
import { keepOtherFields, toSampling, toStopSequences } from './parameters.ts'
import { planThinking } from './thinking.ts'
import { toToolChoice, toTools } from './tools.ts'

/**
 * A canonical request as the body of `POST /v1/messages`. Throws a 400 for what can not be said
 * there. Source: https://platform.claude.com/docs/en/api/messages
 */
export function toMessagesRequest(
  request: ChatRequest,
  call: Pick<Call, 'model' | 'stream'>,
): JsonObject {
  return convert(request, call, () => {})
}

/** The fields of a request that are left out or done otherwise, as the caller wrote them. */
export function degradedFields(request: ChatRequest): readonly string[] {
  const fields = new Set<string>()
  convert(request, { model: request.model, stream: false }, (field) => fields.add(field))
  return [...fields]
}

function convert(
  request: ChatRequest,
  call: Pick<Call, 'model' | 'stream'>,
  degrade: Conversion['degrade'],
): JsonObject {
  if ((request.n ?? 1) > 1) {
    throw unsupported('n', 'Anthropic models give one answer to a request: "n" can only be 1.')
  }
  const conversion: Conversion = { traits: traitsOf(call.model), degrade }
  const plan = planThinking(request, conversion)
  const form = planAnswerForm(request, plan, conversion)
  const { system, turns } = toConversation(request.messages, conversion)
  const instructions = form.instruction ? [...system, form.instruction] : system
  const tools = [...toTools(request.tools, conversion), ...(form.tool ? [form.tool] : [])]
  const toolChoice = form.toolChoice ?? toToolChoice(request, plan, conversion)
  const output = toOutputConfig(request['output_config'], form.format, plan.effort)
  return {
    ...keepOtherFields(request, conversion),
    model: call.model,
    max_tokens: plan.maxTokens,
    ...(instructions.length > 0 ? { system: instructions } : {}),
    messages: turns,
    ...(tools.length > 0 ? { tools } : {}),
    ...(toolChoice ? { tool_choice: toolChoice } : {}),
    ...(plan.thinking ? { thinking: plan.thinking } : {}),
    ...(output ? { output_config: output } : {}),
    ...toSampling(request, plan, conversion),
    ...toStopSequences(request, conversion),
    ...(call.stream ? { stream: true } : {}),
  }
}

/** What the caller wrote there in Anthropic's own words, and what the request says in OpenAI's. */
function toOutputConfig(
  own: unknown,
  format: JsonObject | undefined,
  effort: string | undefined,
): JsonObject | undefined {
  if (!format && effort === undefined) return isObject(own) ? own : undefined
  return {
    ...(isObject(own) ? own : {}),
    ...(effort === undefined ? {} : { effort }),
    ...(format ? { format } : {}),
  }
}
