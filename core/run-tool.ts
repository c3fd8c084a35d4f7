import type { IncomingHttpHeaders } from 'node:http'

import type { WholeAnswer } from './answer.ts'
import { openExchange, ownArrival, tookTooLong } from './arrival.ts'
import type { Caller } from './caller.ts'
import { toGatewayError, type GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Finisher } from './finish.ts'
import type { Guarding } from './guarding.ts'
import type { Hooks } from './hooks.ts'
import { newRequestId } from './ids.ts'
import { Lifetime } from './lifetime.ts'
import type { LiveExchange } from './live-exchange.ts'
import { payloadFromValue } from './payload.ts'
import type { Roster } from './roster.ts'
import type { Target } from './target.ts'
import type { ToolAnswer, ToolRequest } from './tool-call.ts'
import { reviewToolFault, tellsServerWords } from './tool-fault.ts'

/** One call of one tool, for a client or for the sake of an exchange. */
export interface ToolRun {
  readonly server: string
  /** As the server itself names it. */
  readonly tool: string
  readonly arguments: Readonly<Record<string, unknown>>
  readonly caller: Caller
  /** The exchange whose model asked for it: its trace, thread, run and deadline are taken over. */
  readonly parent?: Exchange
  /** Of the client's request where there is no parent: trace, run, label and tags are read there. */
  readonly headers?: IncomingHttpHeaders
  readonly clientIp?: string | undefined
  /** Ends the call: the client has left, or cancelled it. */
  readonly signal?: AbortSignal
  /** The longest the call may take, guards included. */
  readonly timeoutMs: number
  /** What a call costs, USD as a decimal string; null when nobody knows. */
  readonly cost?: string | null
  /** Calls the tool, with the arguments as the guards left them. */
  call(
    args: Readonly<Record<string, unknown>>,
    context: {
      readonly signal: AbortSignal
      readonly exchange: Exchange
      /** Guards will read the result: what they can not read must not be told on the way. */
      readonly isResultRead: boolean
    },
  ): Promise<ToolAnswer>
}

/**
 * Calls a tool as an exchange of its own (`execute_tool`): limits and budgets are asked, the guards
 * read the arguments and the result, and the ledger has a row of it. Throws a GatewayError.
 */
export type RunTool = (run: ToolRun) => Promise<ToolAnswer>

export interface RunToolParts {
  readonly hooks: Hooks
  readonly guarding: Guarding
  readonly finisher: Finisher
  /** The exchanges that go on: the gateway ends them when it must stop. */
  readonly running: Roster<Lifetime>
  /** Waits until the records so far are safe: what a caller has seen is never missing. */
  readonly committed: () => Promise<void> | undefined
}

export function createRunTool(parts: RunToolParts): RunTool {
  const { hooks, guarding, finisher, running, committed } = parts

  async function run(exchange: LiveExchange, target: Target, tool: ToolRun): Promise<ToolAnswer> {
    guarding.begin(exchange, tool.parent)
    await hooks.preRoute(exchange)
    const [planned] = await guarding.input(exchange, [target])
    const request = (planned?.prompt.request ?? exchange.request) as ToolRequest
    exchange.reviewed = request

    const startedAt = Date.now()
    const startedMark = performance.now()
    let errorCode: string | undefined
    const toAnswer = (result: ToolAnswer): WholeAnswer => ({
      kind: 'whole',
      target,
      payload: payloadFromValue<ToolAnswer>(result),
      degraded: [],
    })
    const review = async (answer: WholeAnswer): Promise<ToolAnswer> => {
      const reviewed = await guarding.toolResult(exchange, answer)
      return reviewed.payload.value as ToolAnswer
    }
    try {
      const { signal } = exchange
      const isResultRead = guarding.readsToolResult(exchange)
      const result = await unlessOver(
        exchange.life,
        tool.call(request.arguments, { signal, exchange, isResultRead }),
      ).catch(async (fault: unknown) => {
        if (!tellsServerWords(fault) || exchange.life.reason) throw fault
        throw await reviewToolFault(fault, (said) => review(toAnswer(said)))
      })
      const answer = toAnswer(result)
      exchange.answered = answer
      return await review(answer)
    } catch (error) {
      errorCode = toGatewayError(exchange.life.reason ?? error).code
      throw error
    } finally {
      const durationMs = performance.now() - startedMark
      exchange.upstreamMs += durationMs
      exchange.attempts.push({
        provider: target.provider,
        model: target.model,
        startedAt,
        durationMs: Math.round(durationMs * 1000) / 1000,
        ...(errorCode === undefined ? {} : { errorCode }),
      })
      exchange.explain.add(tool.server, 'tool', durationMs * 1000, errorCode ?? 'answered')
    }
  }

  return async (tool) => {
    const { server, caller, parent, headers = {}, clientIp, signal, timeoutMs } = tool
    const life = new Lifetime()
    const stop = (): void => life.end(toGatewayError(signal?.reason))
    const leave = (): void => life.end(toGatewayError(parent?.signal.reason))
    const deadline = setTimeout(() => life.end(tookTooLong(timeoutMs)), timeoutMs)
    for (const [source, end] of [
      [signal, stop],
      [parent?.signal, leave],
    ] as const) {
      source?.addEventListener('abort', end, { once: true })
      if (source?.aborted) end()
    }
    const place = running.add(life)
    const origin = {
      headers,
      id: newRequestId(),
      operation: 'execute_tool',
      caller,
      startedMark: performance.now(),
      clientIp,
    } as const
    const arrival = ownArrival(origin, life, 'tool', parent)
    const target = { provider: server, model: tool.tool }
    const request: ToolRequest = {
      model: `${server}__${tool.tool}`,
      arguments: { ...tool.arguments },
    }
    const exchange = openExchange(arrival, request, undefined)
    let answer: ToolAnswer | undefined
    let fault: GatewayError | undefined
    try {
      life.throwIfOver()
      answer = await run(exchange, target, tool)
    } catch (error) {
      fault = toGatewayError(life.reason ?? error)
    } finally {
      clearTimeout(deadline)
      signal?.removeEventListener('abort', stop)
      parent?.signal.removeEventListener('abort', leave)
      running.remove(place)
    }
    const outcome = { target, cost: tool.cost ?? null }
    const record = finisher.record(
      arrival,
      exchange,
      fault ? { ...outcome, error: fault } : outcome,
    )
    // A call for the sake of an exchange is safe before the answer of that one leaves.
    if (!parent) await committed()
    finisher.observe({
      exchange,
      record,
      request: exchange.reviewed,
      target,
      answer: () => answer,
      answerText: () => answer && JSON.stringify(answer),
    })
    if (!answer) throw fault ?? new Error('A tool gave neither an answer nor a fault.')
    return answer
  }
}

/** What comes first: the result, or the end of the exchange. A tool need not listen to its signal. */
async function unlessOver<T>(life: Lifetime, result: Promise<T>): Promise<T> {
  let forget = (): void => undefined
  const over = new Promise<never>((_resolve, reject) => {
    forget = life.onEnd(() => reject(life.reason as Error))
  })
  try {
    return await Promise.race([result, over])
  } finally {
    forget()
  }
}
