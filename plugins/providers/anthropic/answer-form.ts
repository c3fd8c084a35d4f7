import type { ChatRequest } from '#core'

import type { Block } from './blocks.ts'
import { invalid, type Conversion } from './conversion.ts'
import { toGrammarSchema } from './grammar-schema.ts'
import { isObject, objectsIn, type JsonObject } from './json.ts'
import { hasBudget, type ThinkingPlan } from './thinking.ts'

/** Its input is the answer itself: how a schema is enforced where the API can not do it. */
const ANSWER_TOOL = 'tapgate_structured_output'

/** What `response_format` adds to a request. */
export interface AnswerForm {
  /** `output_config.format` */
  readonly format?: JsonObject
  /** A tool that must be called, beside or instead of the caller's own. */
  readonly tool?: JsonObject
  readonly toolChoice?: JsonObject
  /** For the end of the system prompt. */
  readonly instruction?: Block
}

/** Whether a call is none of the caller's, but holds the answer. */
export function isAnswerTool(name: unknown): boolean {
  return name === ANSWER_TOOL
}

/**
 * `response_format` as Anthropic does it: natively for a schema that the model's grammar can say;
 * else by a tool that must be called; else, and for `json_object`, by words. All but the first
 * are named as degraded.
 */
export function planAnswerForm(
  request: ChatRequest,
  plan: ThinkingPlan,
  conversion: Conversion,
): AnswerForm {
  refuseReservedName(request)
  const format = request.response_format
  if (!isObject(format) || format['type'] === 'text') return {}
  if (format['type'] === 'json_object') {
    conversion.degrade('response_format')
    return { instruction: toInstruction(undefined) }
  }
  const described: unknown = format['json_schema']
  if (format['type'] !== 'json_schema' || !isObject(described)) {
    throw invalid('response_format', '"response_format" must be text, json_object or json_schema.')
  }
  const schema = isObject(described['schema']) ? described['schema'] : { type: 'object' }
  const grammar = conversion.traits.hasStructuredOutput ? toGrammarSchema(schema) : undefined
  if (!grammar?.isExact) conversion.degrade('response_format')
  if (grammar) return { format: { type: 'json_schema', schema: grammar.schema } }
  if (!canForceTool(request, plan, conversion) || schema['type'] !== 'object') {
    return { instruction: toInstruction(schema) }
  }
  return forceTool(request, described, schema)
}

function refuseReservedName({ tools }: ChatRequest): void {
  for (const { function: called } of objectsIn(tools)) {
    if (!isObject(called) || !isAnswerTool(called['name'])) continue
    throw invalid('tools', `The name "${ANSWER_TOOL}" is the gateway's own.`)
  }
}

function canForceTool(
  { tool_choice: choice }: ChatRequest,
  plan: ThinkingPlan,
  { traits }: Conversion,
): boolean {
  const isFree = choice === undefined || choice === null || choice === 'auto' || choice === 'none'
  return isFree && traits.hasForcedTools && !hasBudget(plan)
}

function forceTool(request: ChatRequest, described: JsonObject, schema: JsonObject): AnswerForm {
  const words = typeof described['description'] === 'string' ? ` ${described['description']}` : ''
  const description = `Gives the final answer to the user.${words}`
  const mayCallOthers = objectsIn(request.tools).length > 0 && request.tool_choice !== 'none'
  const choice = mayCallOthers ? { type: 'any' } : { type: 'tool', name: ANSWER_TOOL }
  return {
    tool: { name: ANSWER_TOOL, description, input_schema: schema },
    toolChoice: { ...choice, disable_parallel_tool_use: true },
  }
}

function toInstruction(schema: JsonObject | undefined): Block {
  const kind = schema ? 'value' : 'object'
  const match = schema ? ` It must match this JSON Schema:\n${JSON.stringify(schema)}` : ''
  const rule = `When you answer, write one valid JSON ${kind} and nothing else: no words around it, no code fence.`
  return { type: 'text', text: rule + match }
}
