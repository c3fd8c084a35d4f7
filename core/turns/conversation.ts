import type { Answer } from '../answer.ts'
import type { ChatRequest } from '../chat/request.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { Target } from '../target.ts'
import type { OpenTools, ToolLimits } from '../tool-source.ts'
import { limitsFor } from './limits.ts'
import { MergedTurns } from './merged-turns.ts'
import type { Offer } from './offer.ts'
import { ToolNotes } from './tool-notes.ts'
import { ToolUse } from './tool-use.ts'

/** A conversation between a model and the gateway's tools. */
export interface Conversation {
  readonly exchange: LiveExchange
  readonly target: Target
  readonly tools: OpenTools
  readonly limits: ToolLimits
  readonly use: ToolUse
  readonly merged: MergedTurns
  readonly notes: ToolNotes
  /** What the caller asked, as guards left it: the observers read this, not what came of it. */
  readonly asked: ChatRequest
  /** The last answer of the model, and what could not be done of all. */
  answer: Answer
  readonly degraded: Set<string>
  /** The model called none of our tools: its answer may leave as it came. */
  isUntouched: boolean
}

/** Begins it with the first answer; undefined when its target was offered no tools. */
export function beginConversation(
  exchange: LiveExchange,
  first: Answer,
  { open, guards }: Offer,
  limits: ToolLimits,
): Conversation | undefined {
  const opened = open()
  if (!opened || !first.target) return undefined
  const { tools, asked } = opened
  const use = new ToolUse()
  exchange.toolUse = use
  if (guards.length > 0) exchange.activeGuards = [...exchange.activeGuards, ...guards]
  const ours = new Set(tools.tools.map(({ definition }) => definition.function.name))
  const theirs = new Set((asked.tools ?? []).map((tool) => tool.function?.name))
  return {
    exchange,
    target: first.target,
    tools,
    limits: limitsFor(asked, limits),
    use,
    merged: new MergedTurns((name) =>
      ours.has(name) ? 'gateway' : theirs.has(name) ? 'client' : undefined,
    ),
    notes: new ToolNotes(tools),
    asked,
    answer: first,
    degraded: new Set(first.degraded),
    isUntouched: true,
  }
}
