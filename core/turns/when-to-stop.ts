import type { FinishReason } from '../chat/completion.ts'
import type { ModelDirectory } from '../models.ts'
import { priceOf, spentIn } from '../spent.ts'
import type { Conversation } from './conversation.ts'
import type { SaidInTurn } from './merged-turns.ts'
import type { ToolStop } from './tool-use.ts'

/** Why no more turns are taken; undefined to go on. */
export function stopOf(
  { calls, callsClient, finishReason }: SaidInTurn,
  { use, limits, target, exchange }: Conversation,
  models: ModelDirectory,
): ToolStop | undefined {
  if (callsClient) return 'client_tool'
  // Calls of an answer that was cut off are not whole.
  const isCut = finishReason === 'length' || finishReason === 'content_filter'
  if (calls.length === 0 || isCut) return 'end'
  if (use.turns.length >= limits.turns) return 'turns'
  if (use.calls + calls.length > limits.calls) return 'calls'
  if (limits.costUsd === undefined) return undefined
  const spent = spentIn('chat', use.turns)
  const { prices } = models.facts(target, exchange.caller.projectId)
  const isSpent = spent.tokens && prices && Number(priceOf(spent, prices).cost) >= limits.costUsd
  return isSpent ? 'cost' : undefined
}

/** In OpenAI's words: a limit of ours is one of length. */
export function finishReasonOf(stop: ToolStop, { finishReason }: SaidInTurn): FinishReason {
  if (stop === 'client_tool') return finishReason ?? 'tool_calls'
  return stop === 'end' ? (finishReason ?? 'stop') : 'length'
}
