import type { ChatRequest } from '#core'

import { invalid, type Conversion } from './conversion.ts'
import { countOf, isObject, type JsonObject } from './json.ts'
import { placedBlocksOf } from './reasoning.ts'

/** How a model is told to think, and within how many tokens. */
export interface ThinkingPlan {
  /** The request's `thinking`; absent to leave it to the model. */
  readonly thinking?: JsonObject
  /** `output_config.effort` */
  readonly effort?: string
  /** The thinking counts towards it. */
  readonly maxTokens: number
}

/** Tokens to think with, for models that want a number; up to `high` as Google's API counts them. */
const BUDGETS = new Map([
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 32_768],
  ['max', 32_768],
])
const SMALLEST_BUDGET = 1024
const MOST_TOKENS_OF_OLD_MODELS = 32_000

/**
 * `reasoning_effort` as Anthropic says it: adaptive thinking with an effort, or for older models
 * a budget. A `thinking` of the caller's own goes through as it is.
 * Source: https://platform.claude.com/docs/en/build-with-claude/thinking
 */
export function planThinking(request: ChatRequest, conversion: Conversion): ThinkingPlan {
  const { defaultMaxTokens, thinking } = conversion.traits
  const asked = request.max_completion_tokens ?? request.max_tokens ?? undefined
  const maxTokens = asked ?? defaultMaxTokens
  const effort = readEffort(request)
  if (isObject(request.thinking)) {
    const budget = countOf(request.thinking['budget_tokens'])
    const room = asked === undefined && budget >= maxTokens ? budget + maxTokens : maxTokens
    const own = { thinking: request.thinking, maxTokens: room }
    if (effort === undefined || effort === 'none' || thinking === 'budget') return own
    return { ...own, effort: toEffort(effort, conversion) }
  }
  if (effort === undefined) return { maxTokens }
  if (effort === 'none') return { ...planLeastThinking(conversion), maxTokens }
  if (thinking === 'budget') return planBudget(request, effort, asked, conversion)
  const summarized = { type: 'adaptive', display: 'summarized' }
  return { thinking: summarized, effort: toEffort(effort, conversion), maxTokens }
}

/** Whether the model thinks within a budget, which forbids some other parameters. */
export function hasBudget({ thinking }: ThinkingPlan): boolean {
  return thinking?.['type'] === 'enabled'
}

/** Whether thinking was asked for, so that the sampling can not be chosen. */
export function isThinking({ thinking }: ThinkingPlan): boolean {
  return thinking !== undefined && thinking['type'] !== 'disabled'
}

function readEffort({ reasoning_effort: effort }: ChatRequest): string | undefined {
  if (effort === undefined || effort === null) return undefined
  if (effort === 'none' || BUDGETS.has(effort)) return effort
  const known = ['none', ...BUDGETS.keys()].join(', ')
  throw invalid('reasoning_effort', `"reasoning_effort" must be one of ${known}.`)
}

function toEffort(effort: string, { traits, degrade }: Conversion): string {
  const wanted = effort === 'minimal' ? 'low' : effort
  const given = wanted === 'xhigh' && !traits.hasExtraHighEffort ? 'high' : wanted
  if (given !== effort) degrade('reasoning_effort')
  return given
}

function planLeastThinking({ traits, degrade }: Conversion): Omit<ThinkingPlan, 'maxTokens'> {
  if (traits.leastThinking === 'disabled') {
    return traits.thinking === 'budget' ? {} : { thinking: { type: 'disabled' } }
  }
  degrade('reasoning_effort')
  if (traits.leastThinking === 'low_effort') return { effort: 'low' }
  return { thinking: { type: 'between_tools' } }
}

/** Without thinking where it can not be: the answer is worth more than the effort. */
function planBudget(
  request: ChatRequest,
  effort: string,
  asked: number | undefined,
  { traits, degrade }: Conversion,
): ThinkingPlan {
  const wanted = BUDGETS.get(effort) ?? SMALLEST_BUDGET
  const room = Math.min(wanted + traits.defaultMaxTokens, MOST_TOKENS_OF_OLD_MODELS)
  const maxTokens = asked ?? Math.max(traits.defaultMaxTokens, room)
  const budget = Math.max(SMALLEST_BUDGET, Math.min(wanted, Math.floor(maxTokens * 0.8)))
  const forcesTool = request.tool_choice === 'required' || isObject(request.tool_choice)
  if (budget >= maxTokens || forcesTool || isAmidUnsignedCalls(request)) {
    degrade('reasoning_effort')
    return { maxTokens }
  }
  return { thinking: { type: 'enabled', budget_tokens: budget }, maxTokens }
}

/** Results follow calls that came without signed thinking, which the API does not take with a budget. */
function isAmidUnsignedCalls({ messages }: ChatRequest): boolean {
  const role = messages.at(-1)?.role
  if (role !== 'tool' && role !== 'function') return false
  const last = messages.findLast((message) => message.role === 'assistant')
  return last !== undefined && placedBlocksOf({ ...last }).length === 0
}
