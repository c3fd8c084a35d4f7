import { estimateTokenCount } from 'tokenx'

import type { PriceList } from './catalogue.ts'
import type { TokenUsage } from './chat/completion.ts'
import { readRequest } from './chat/content.ts'
import { costOf, pinPrices, sumOfCosts } from './cost.ts'
import type { AnyRequest, OperationName } from './provider.ts'
import { addTokens, inputTokens, toTokenClasses, type TokenClasses } from './token-classes.ts'
import type { PinnedPrices } from './usage-record.ts'

/** One asking of a model, and what is known of what it used. */
export interface Turn {
  readonly request: AnyRequest | undefined
  /** As the upstream told it. */
  readonly usage: TokenUsage | null | undefined
  /** Characters that a stream brought, for where the upstream told no usage. */
  readonly receivedCharacters: number | undefined
}

/** What the turns of an exchange used together. */
export interface Spent {
  /** Null when no model told anything, nor was read. */
  readonly tokens: TokenClasses | null
  readonly areEstimated: boolean
  /** Of each turn, where it used anything. */
  readonly parts: readonly TokenClasses[]
}

/** What the upstream told of each turn, or an estimate of what a stream that was cut had used. */
export function spentIn(operation: OperationName, turns: readonly Turn[]): Spent {
  const parts: TokenClasses[] = []
  let areEstimated = false
  for (const turn of turns) {
    const tokens = tokensOf(operation, turn)
    if (tokens) parts.push(tokens)
    if (!turn.usage && turn.receivedCharacters !== undefined) areEstimated = true
  }
  const tokens = parts.length === 0 ? null : parts.reduce(addTokens)
  return { tokens, areEstimated: tokens !== null && areEstimated, parts }
}

function tokensOf(operation: OperationName, turn: Turn): TokenClasses | undefined {
  const { usage, request, receivedCharacters } = turn
  if (usage) return toTokenClasses(usage)
  if (!request || receivedCharacters === undefined) return undefined
  const text = readRequest(operation, request).map((segment) => segment.text)
  return {
    input: estimateTokenCount(text.join('\n')),
    cachedInput: 0,
    cacheWrite: 0,
    cacheWrite1h: 0,
    audioInput: 0,
    output: Math.ceil(receivedCharacters / 4),
    reasoning: 0,
    audioOutput: 0,
  }
}

/** USD for all turns, each by its own tokens, since prices have tiers; the prices of the last one. */
export function priceOf(
  { parts }: Pick<Spent, 'parts'>,
  list: PriceList,
): { readonly cost: string; readonly prices: PinnedPrices } {
  const last = parts.at(-1)
  if (!last) throw new Error('Nothing was used that could be priced.')
  const prices = pinPrices(list, inputTokens(last))
  const cost = costOf(last, prices)
  if (parts.length === 1) return { cost, prices }
  const earlier = parts
    .slice(0, -1)
    .map((tokens) => costOf(tokens, pinPrices(list, inputTokens(tokens))))
  return { cost: sumOfCosts([...earlier, cost]), prices }
}
