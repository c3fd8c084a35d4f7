import type { IncomingMessage, ServerResponse } from 'node:http'

import { eventsOfWhole } from '../answer-events.ts'
import { answerFacts } from '../answer-facts.ts'
import { eachBatch, type Answer, type EventSource, type WholeAnswer } from '../answer.ts'
import { arrive, openExchange, type WatchedArrival } from '../arrival.ts'
import { parseJson, takeBody } from '../body.ts'
import type { Caller } from '../caller.ts'
import { checkRequest } from '../chat/check.ts'
import { toGatewayError } from '../errors.ts'
import type { Arrival } from '../exchange.ts'
import type { Finisher, Outcome } from '../finish.ts'
import type { Lifetime } from '../lifetime.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { Logger } from '../logger.ts'
import { run, type PipelineParts } from '../pipeline.ts'
import type { AnyChunk, InferenceName } from '../provider.ts'
import type { RecentExplains } from '../recent-explains.ts'
import { beginStream, endStream, exchangeHeaders, sendError, sendJson } from '../respond.ts'
import type { Roster } from '../roster.ts'
import { type Said, Transcript, WholeSaid } from '../said.ts'
import { PING_EVENT, type StreamEvent } from '../sse.ts'
import { StreamMeter } from '../stream-meter.ts'
import { streamOptions } from '../target-request.ts'
import type { UsageRecord } from '../usage-record.ts'

export interface InferenceParts extends PipelineParts {
  readonly finisher: Finisher
  readonly recentExplains: RecentExplains
  readonly bodyLimitBytes: number
  /** The exchanges that go on. */
  readonly running: Roster<Lifetime>
  readonly log: Logger
  /** Waits until the records so far are safe: what a caller has seen is never missing. */
  readonly committed: () => Promise<void> | undefined
}

export interface InferenceCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  readonly caller: Caller
  readonly startedMark: number
}

const PING_EVERY_MS = 15_000

/** Serves one request for a model: reads it, runs it, sends the answer, and keeps the record. */
export async function serveInference(
  operation: InferenceName,
  call: InferenceCall,
  parts: InferenceParts,
): Promise<void> {
  const { request, response, caller, startedMark } = call
  const { timeouts, running, retryBudget, bodyLimitBytes } = parts
  const watched: WatchedArrival = arrive({
    request,
    response,
    id: call.requestId,
    operation,
    caller,
    startedMark,
    totalMs: timeouts.totalMs,
    running,
  })
  const { arrival } = watched
  const { life } = arrival
  let exchange: LiveExchange | undefined
  let record: UsageRecord | undefined
  let said: Said | undefined
  const keep: Keep = (outcome) => {
    record ??= parts.finisher.record(arrival, exchange, outcome)
    return parts.committed()
  }

  try {
    const arrived = takeBody(request, bodyLimitBytes)
    const text = arrived instanceof Promise ? await arrived : arrived
    const body = parseJson(text)
    const checked = checkRequest(operation, body)
    exchange = openExchange(arrival, checked, checked === body ? text : undefined)
    retryBudget.earn()
    const answer = await run(exchange, parts)
    if (exchange.isStream) {
      const transcript = parts.hooks.isUsed('postResponse') ? new Transcript(operation) : undefined
      said = transcript
      await sendStream(response, exchange, answer, { keep, said: transcript })
    } else {
      const { payload, target } = answer as WholeAnswer
      // Kept first: what the caller has seen is never missing from the ledger.
      await keep({ target, ...answerFacts(payload), firstByteMark: performance.now() })
      sendJson(response, 200, exchangeHeaders(exchange, exchange, answer), payload.text)
      said = new WholeSaid(payload)
    }
  } catch (error) {
    const fault = toGatewayError(life.reason ?? error)
    await keep({ ...paidFor(exchange), error: fault })
    logCause(error, arrival, parts)
    sendError(response, fault, arrival.id, exchangeHeaders(arrival, exchange, undefined))
  } finally {
    watched.release()
    parts.recentExplains.add(arrival)
    if (exchange && record) {
      const { reviewed: request, answering: target } = exchange
      parts.finisher.observe({
        exchange,
        record,
        request,
        target,
        answer: () => said?.answer(),
        answerText: () => said?.answerText(),
      })
    }
  }
}

/** Makes the record, once, and waits until it is safe. */
type Keep = (outcome: Outcome) => Promise<void> | undefined

/** Forwards the events as they come, as fast as the client reads, and ends with `[DONE]`. */
async function sendStream(
  response: ServerResponse,
  exchange: LiveExchange,
  answer: Answer,
  { keep, said }: { keep: Keep; said: Transcript | undefined },
): Promise<void> {
  const meter = new StreamMeter()
  const asksForUsage = wantsUsage(exchange)
  let isQuiet = true
  const ping = setInterval(() => {
    if (isQuiet && !response.headersSent) beginStream(response, exchange, exchange, answer)
    if (isQuiet) response.write(PING_EVENT)
    isQuiet = true
  }, PING_EVERY_MS)
  try {
    await eachBatch(eventsOf(answer, exchange), (events) => {
      said?.add(events)
      const kept = events.filter((event) => !meter.see(event) || asksForUsage)
      if (!response.headersSent) beginStream(response, exchange, exchange, answer)
      isQuiet = false
      const isTaken = kept.length === 0 || write(response, kept)
      return isTaken ? undefined : drained(response, exchange.life)
    })
    if (!response.headersSent) beginStream(response, exchange, exchange, answer)
    await keep(outcomeOf(meter, answer))
    endStream(response)
  } catch (error) {
    await keep({
      ...outcomeOf(meter, answer),
      error: toGatewayError(exchange.life.reason ?? error),
    })
    throw error
  } finally {
    clearInterval(ping)
  }
}

function outcomeOf(meter: StreamMeter, answer: Answer): Outcome {
  const received = (answer.kind === 'stream' && answer.received) || meter
  return {
    target: answer.target,
    usage: received.usage,
    finishReason: received.finishReason,
    firstByteMark: meter.firstByteMark,
    receivedCharacters: received.characters,
  }
}

/** What a model has answered is paid for, also when a guard lets nobody see it. */
function paidFor(exchange: LiveExchange | undefined): Outcome {
  const answered = exchange?.answered
  if (answered?.kind !== 'whole') return {}
  return { target: answered.target, ...answerFacts(answered.payload) }
}

/** A whole answer (from a cache, from a model that can not stream) is streamed in a few chunks. */
function eventsOf(answer: Answer, exchange: LiveExchange): EventSource {
  return answer.kind === 'stream' ? answer.events : eventsOfWhole(exchange.operation, answer)
}

function wantsUsage({ request }: LiveExchange): boolean {
  return streamOptions(request)?.include_usage === true
}

/** Writes what came together in one piece. False when the client reads more slowly than that. */
function write(response: ServerResponse, events: readonly StreamEvent<AnyChunk>[]): boolean {
  const [first] = events
  const bytes =
    events.length === 1 && first ? first.bytes : Buffer.concat(events.map((event) => event.bytes))
  return response.write(bytes)
}

async function drained(response: ServerResponse, life: Lifetime): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stopListening = life.onEnd(() => reject(life.reason as Error))
    response.once('drain', () => {
      stopListening()
      resolve()
    })
  })
}

/** Faults of our own are logged with their stack; what a caller or an upstream did is in the ledger. */
function logCause(error: unknown, arrival: Arrival, parts: InferenceParts): void {
  const fault = toGatewayError(error)
  if (fault.status !== 500) return
  const { cause } = fault
  const stack = cause instanceof Error ? cause.stack : undefined
  parts.log.error(fault.message, { request: arrival.id, code: fault.code, stack })
}
