import type { ChatRequest } from '#core'

import { isObject, type JsonObject } from './json.ts'
import { bareName, isGemini25, isGemini3 } from './model.ts'

type Effort = NonNullable<ChatRequest['reasoning_effort']>

/** How deep a model is to think; `isExact` is `false` when it can not do what was asked. */
export interface Thinking {
  readonly config: JsonObject | undefined
  readonly isExact: boolean
}

const UNSET: Thinking = { config: undefined, isExact: true }

/**
 * `reasoning_effort` (OpenAI) or `thinking` (Anthropic) as `thinkingConfig`, by Google's own table:
 * https://ai.google.dev/gemini-api/docs/openai#thinking. Who asks for thoughts gets to see them.
 */
export function toThinking(request: ChatRequest, model: string): Thinking {
  const wish = wishIn(request)
  if (wish === undefined) return UNSET
  if (isLevelModel(model)) return toLevel(wish, model)
  if (isBudgetModel(model)) return toBudget(wish, model)
  return { config: undefined, isExact: wish === 'none' }
}

/** An effort, a number of tokens, or `auto`: the model decides, but thinks. */
type Wish = Effort | number | 'auto'

function wishIn({ reasoning_effort: effort, thinking }: ChatRequest): Wish | undefined {
  if (effort) return effort
  if (!isObject(thinking)) return undefined
  if (thinking.type === 'disabled') return 'none'
  return typeof thinking.budget_tokens === 'number' ? thinking.budget_tokens : 'auto'
}

function isLevelModel(model: string): boolean {
  return isGemini3(model) && !isBudgetModel(model)
}

function isBudgetModel(model: string): boolean {
  return isGemini25(model) || bareName(model).startsWith('gemini-3-pro-image')
}

function toLevel(wish: Wish, model: string): Thinking {
  if (wish === 'auto') return { config: { includeThoughts: true }, isExact: true }
  const effort = typeof wish === 'number' ? effortOf(wish) : wish
  const level = levelOf(effort, model)
  const config = { thinkingLevel: level, includeThoughts: effort === 'none' ? undefined : true }
  return { config, isExact: level === wish }
}

/** The nearest level a model has; none can be told not to think at all. */
function levelOf(effort: Effort, model: string): string {
  if (effort === 'none' || effort === 'minimal') return lowestLevel(model)
  if (effort === 'xhigh') return isHydrogen(model) ? 'xhigh' : 'high'
  return effort
}

/** The larger models refuse `minimal`, and so do the Flash models from 3.7 on. */
function lowestLevel(model: string): 'minimal' | 'low' {
  const name = bareName(model)
  const version = /^gemini-(\d+(?:\.\d+)?)-flash(?:$|-(?!lite(?:$|-)))/.exec(name)?.[1]
  const isFlashWithout = version !== undefined && Number(version) >= 3.7
  const isPro = /^gemini-\d+(?:\.\d+)?-pro(?:$|-)/.test(name)
  return isPro || isFlashWithout || isHydrogen(name) || name === 'gemini-flash-latest'
    ? 'low'
    : 'minimal'
}

function isHydrogen(model: string): boolean {
  return bareName(model).startsWith('gemini-4-hydrogen')
}

function toBudget(wish: Wish, model: string): Thinking {
  const [least, most] = budgetRange(model)
  const wished = typeof wish === 'number' ? wish : budgetOf(wish, most)
  const thinkingBudget = wished < 0 ? wished : Math.min(Math.max(wished, least), most)
  const includeThoughts = wished === 0 ? undefined : true
  return { config: { thinkingBudget, includeThoughts }, isExact: thinkingBudget === wished }
}

/** Tokens: https://ai.google.dev/gemini-api/docs/thinking#set-budget. Pro can not be told not to think. */
function budgetRange(model: string): readonly [least: number, most: number] {
  return /-pro(?:$|-)/.test(bareName(model)) ? [128, 32_768] : [0, 24_576]
}

const DYNAMIC_BUDGET = -1

function budgetOf(wish: Effort | 'auto', most: number): number {
  switch (wish) {
    case 'auto':
      return DYNAMIC_BUDGET
    case 'none':
      return 0
    case 'minimal':
    case 'low':
      return 1024
    case 'medium':
      return 8192
    case 'high':
      return 24_576
    case 'xhigh':
      return most
  }
}

function effortOf(budget: number): Effort {
  if (budget <= 1024) return 'low'
  return budget <= 8192 ? 'medium' : 'high'
}
