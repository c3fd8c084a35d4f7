import { randomBytes } from 'node:crypto'

import {
  inputRequired,
  ProtocolError,
  ProtocolErrorCode,
  type InputRequests,
  type Result,
} from '@modelcontextprotocol/server'

import type { McpNotification, McpRequest } from '#core'

/** What a call is given that may ask its client while it works. */
export interface ParkedCall {
  /** Of the call, not of one of the requests that carry it. */
  readonly signal: AbortSignal
  /** Asks the client: the answer comes with its next request. */
  ask(question: McpRequest, signal: AbortSignal): Promise<Result>
  /** Tells the client, as long as one of its requests waits. */
  readonly notify: (notification: McpNotification) => void
}

/** One of the requests that carry a call. */
export interface Round {
  /** Who sends it: nobody else can go on with the call. */
  readonly caller: string
  /** What is called: a call goes on as what it began. */
  readonly subject: string
  readonly signal: AbortSignal
  readonly notify: (notification: McpNotification) => void
}

/**
 * Calls of clients of 2026-07-28 at servers of 2025, which ask in the middle of a call: the call is
 * kept running while its client is asked by `input_required`, and goes on with the next request.
 */
export interface ParkedCalls {
  /** Runs a call until it is done or asks. */
  begin(round: Round, call: (parked: ParkedCall) => Promise<Result>): Promise<Result>
  /** Whether a `requestState` is one of a call that is kept here. */
  owns(requestState: unknown): requestState is string
  /** Gives a call the answers, until it is done or asks again. Throws -32602 when it is not there. */
  resume(round: Round, requestState: string, responses: Record<string, unknown>): Promise<Result>
  /** Ends all of them. */
  close(): void
}

const STATE_PREFIX = 'tapgate-call:'
/** How long a client may take for an answer. */
const LONGEST_WAIT_MS = 10 * 60_000
const MOST_CALLS = 1000
const MOST_CALLS_OF_ONE = 50

interface Question {
  readonly request: McpRequest
  answer(result: Result): void
}

interface Call {
  readonly caller: string
  readonly subject: string
  readonly end: AbortController
  readonly questions: Map<string, Question>
  readonly outcome: Promise<Result>
  /** Resolves with the next question. */
  asked: PromiseWithResolvers<void>
  round: Round | undefined
}

export function createParkedCalls(): ParkedCalls {
  /** Those that are parked too. */
  const running = new Set<Call>()
  const parked = new Map<string, { readonly call: Call; readonly tooLate: NodeJS.Timeout }>()

  /** Waits for the result or for a question, and ends the call when the client leaves meanwhile. */
  async function attend(call: Call, round: Round): Promise<Result> {
    call.round = round
    const leave = (): void => call.end.abort(round.signal.reason)
    if (round.signal.aborted) leave()
    round.signal.addEventListener('abort', leave, { once: true })
    try {
      return (await Promise.race([call.outcome, call.asked.promise])) ?? park(call)
    } finally {
      round.signal.removeEventListener('abort', leave)
      call.round = undefined
    }
  }

  function park(call: Call): Result {
    const requestState = STATE_PREFIX + randomBytes(24).toString('base64url')
    const tooLate = setTimeout(() => {
      parked.delete(requestState)
      call.end.abort(new ProtocolError(ProtocolErrorCode.InternalError, 'No answer came in time.'))
    }, LONGEST_WAIT_MS)
    parked.set(requestState, { call, tooLate })
    call.asked = Promise.withResolvers()
    return inputRequired({ inputRequests: requestsOf(call), requestState })
  }

  return {
    async begin(round, run) {
      if (running.size >= MOST_CALLS) throw tooMany()
      const own = [...running].filter((one) => one.caller === round.caller)
      if (own.length >= MOST_CALLS_OF_ONE) throw tooMany()
      const end = new AbortController()
      const questions = new Map<string, Question>()
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      const call: Call = {
        caller: round.caller,
        subject: round.subject,
        end,
        questions,
        outcome: promise,
        asked: Promise.withResolvers(),
        round: undefined,
      }
      running.add(call)
      const parkedCall: ParkedCall = {
        signal: end.signal,
        notify: (notification) => call.round?.notify(notification),
        ask: (request, signal) =>
          new Promise((answer, refuse) => {
            const key = `q${randomBytes(6).toString('hex')}`
            const stop = (): void => {
              questions.delete(key)
              refuse(signal.reason ?? end.signal.reason)
            }
            for (const one of [signal, end.signal]) one.addEventListener('abort', stop)
            questions.set(key, { request, answer })
            call.asked.resolve()
          }),
      }
      void run(parkedCall)
        .then(resolve, reject)
        .finally(() => running.delete(call))
      promise.catch(() => undefined)
      return attend(call, round)
    },

    owns: (state): state is string => typeof state === 'string' && state.startsWith(STATE_PREFIX),

    async resume(round, requestState, responses) {
      const { call: kept, tooLate } = parked.get(requestState) ?? {}
      if (kept?.caller !== round.caller || kept.subject !== round.subject) {
        const data = { reason: 'invalid_request_state' }
        const message = 'Invalid or expired requestState'
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, message, data)
      }
      clearTimeout(tooLate)
      parked.delete(requestState)
      for (const [key, question] of kept.questions) {
        const response = responses[key]
        if (typeof response !== 'object' || response === null) continue
        kept.questions.delete(key)
        question.answer(response as Result)
      }
      // A question without an answer is asked again.
      if (kept.questions.size > 0) kept.asked.resolve()
      return attend(kept, round)
    },

    close() {
      for (const { tooLate } of parked.values()) clearTimeout(tooLate)
      parked.clear()
      for (const call of running) call.end.abort(new Error('The gateway stops.'))
    },
  }
}

function requestsOf(call: Call): InputRequests {
  const questions = [...call.questions].map(([key, { request }]) => [key, request])
  return Object.fromEntries(questions) as InputRequests
}

function tooMany(): ProtocolError {
  return new ProtocolError(-32000, 'Too many calls that may ask their client run at once.')
}
