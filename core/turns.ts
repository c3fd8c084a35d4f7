import { eventsOfWhole } from './answer-events.ts'
import type { Answer } from './answer.ts'
import type { ChatCompletion } from './chat/completion.ts'
import type { ChatRequest, ToolCall } from './chat/request.ts'
import { dispatch, type DispatchParts } from './dispatch.ts'
import { toGatewayError } from './errors.ts'
import type { Guarding } from './guarding.ts'
import type { LiveExchange } from './live-exchange.ts'
import type { AnyChunk } from './provider.ts'
import { requestProblem } from './request-problem.ts'
import type { StreamEvent } from './sse.ts'
import type { Planned } from './target-request.ts'
import type { ToolSource } from './tool-source.ts'
import { beginConversation, type Conversation } from './turns/conversation.ts'
import type { SaidInTurn } from './turns/merged-turns.ts'
import { nextRequest } from './turns/next-request.ts'
import { namesTools, offerTools } from './turns/offer.ts'
import { runCalls, type DoneCall } from './turns/run-calls.ts'
import { collectTurns, streamedTurns } from './turns/turns-answer.ts'
import { finishReasonOf, stopOf } from './turns/when-to-stop.ts'

export interface TurnsParts extends DispatchParts {
  readonly guarding: Guarding
  /** Undefined where no plugin offers tools. */
  readonly tools: ToolSource | undefined
}

/** Whether the gateway is to run tools for the model, and can. */
export function takesTurns(
  { operation }: LiveExchange,
  plan: readonly Planned[],
  { tools }: Pick<TurnsParts, 'tools'>,
): boolean {
  return tools !== undefined && operation === 'chat' && plan.some(namesTools)
}

/**
 * Asks a model with the client's tools and the gateway's, runs the calls of the gateway's, feeds the
 * results back and asks again: until the model calls a tool of the client, or none, or a limit is
 * reached. All turns but the first go to the target that answered the first: conversations hold
 * ids of its provider.
 */
export async function takeTurns(
  exchange: LiveExchange,
  plan: readonly Planned[],
  parts: TurnsParts,
): Promise<Answer> {
  const source = parts.tools
  if (!source) return dispatch(exchange, plan, parts)
  requireOneChoice(plan)
  const offers = await offerTools(exchange, plan, { guarding: parts.guarding, source })
  exchange.life.onEnd(() => offers.release())
  try {
    const first = await dispatch(exchange, offers.plan, parts)
    const offer = offers.of(first.target)
    const conversation = offer && beginConversation(exchange, first, offer, source.limits)
    if (!conversation) {
      offers.release()
      return first
    }
    const events = converse(conversation, parts, () => offers.release())
    return exchange.isStream
      ? streamedTurns(conversation, events)
      : await collectTurns(conversation, events)
  } catch (error) {
    offers.release()
    throw error
  }
}

/** The events of all turns, as they come. */
async function* converse(
  conversation: Conversation,
  parts: TurnsParts,
  release: () => void,
): AsyncGenerator<readonly StreamEvent<AnyChunk>[]> {
  const { exchange, target, tools, limits, use, merged, notes, asked } = conversation
  const startedMark = performance.now()
  const waitedMs = exchange.upstreamMs
  let request = exchange.reviewed as ChatRequest
  try {
    for (;;) {
      const said = yield* listen(conversation, request)
      if (said.calls.length > 0) conversation.isUntouched = false
      const stop = stopOf(said, conversation, parts.models)
      if (stop) {
        use.stop = stop
        yield merged.end(finishReasonOf(stop, said), notes.end(use))
        return
      }
      use.calls += said.calls.length
      yield said.calls.map((call) => merged.note(notes.begin(call)))
      const done: DoneCall[] = []
      for await (const one of runCalls(said.calls, tools, exchange, limits)) {
        done.push(one)
        yield [merged.note(notes.done(one))]
      }
      exchange.life.throwIfOver()
      const { capabilities } = parts.models.facts(target, exchange.caller.projectId)
      request = nextRequest(request, said.message, inOrder(said.calls, done), {
        abilities: capabilities ?? new Set(),
        mostCharacters: limits.resultCharacters,
      })
      const prompt = { request, text: undefined }
      conversation.answer = await dispatch(exchange, [{ target, prompt }], parts)
      for (const field of conversation.answer.degraded) conversation.degraded.add(field)
    }
  } finally {
    release()
    exchange.reviewed = asked
    // What came after the first byte is no part of the time until then.
    if (exchange.isStream) exchange.upstreamMs = waitedMs
    const { reason } = exchange.life
    if (reason && toGatewayError(reason).code === 'upstream_timeout') use.stop = 'time'
    exchange.explain.add('tools', 'turns', (performance.now() - startedMark) * 1000, use.summary())
  }
}

/** Hears a turn out; what it used is noted also when it was cut. */
async function* listen(
  { answer, merged, use }: Conversation,
  request: ChatRequest,
): AsyncGenerator<readonly StreamEvent<AnyChunk>[], SaidInTurn> {
  const whole = answer.kind === 'whole' ? (answer.payload.value as ChatCompletion) : undefined
  let said: SaidInTurn | undefined
  const end = (): SaidInTurn => {
    if (said) return said
    said = merged.endTurn(whole?.choices[0]?.message)
    use.add(request, said.usage, whole ? undefined : said.characters)
    return said
  }
  try {
    for await (const events of answer.kind === 'whole'
      ? eventsOfWhole('chat', answer)
      : answer.events) {
      const leaving = merged.push(events)
      if (leaving.length > 0) yield leaving
    }
    return end()
  } finally {
    end()
  }
}

function inOrder(calls: readonly ToolCall[], done: readonly DoneCall[]): readonly DoneCall[] {
  return done.toSorted((one, other) => calls.indexOf(one.call) - calls.indexOf(other.call))
}

/** Several choices would be several conversations, each with calls of its own. */
function requireOneChoice(plan: readonly Planned[]): void {
  const isMany = plan.some(({ prompt }) => Number(prompt.request['n'] ?? 1) > 1)
  if (!isMany) return
  throw requestProblem(
    'n',
    'must be 1 where "mcp_servers" offers tools: each choice would call them',
  )
}
