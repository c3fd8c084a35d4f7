import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { toCompletion } from '../../../../plugins/providers/anthropic/answer.ts'
import { createEventDecoder } from '../../../../plugins/providers/anthropic/events.ts'
import {
  degradedFields,
  toMessagesRequest,
} from '../../../../plugins/providers/anthropic/request.ts'
import { FIXTURE_TIME_MS, parseEvents, readExchanges } from '../exchanges.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: FIXTURE_TIME_MS })
})
afterEach(() => {
  vi.useRealTimers()
})

describe.each(readExchanges('anthropic'))('the exchange "$name"', (exchange) => {
  const { request } = exchange
  const call = { model: request.model, stream: request.stream === true }

  it('asks Anthropic in its own form', () => {
    expect(toMessagesRequest(request, call)).toEqual(exchange.upstreamRequest)
  })

  it('names what is left out or done otherwise', () => {
    expect(degradedFields(request)).toEqual(exchange.degraded)
  })

  it('answers in the canonical form', () => {
    const { upstreamStream: stream } = exchange
    const answer =
      stream === undefined
        ? toCompletion(exchange.upstreamAnswer, call)
        : parseEvents(stream).flatMap(createEventDecoder(call))

    expect(answer).toEqual(exchange.answer ?? exchange.chunks)
  })
})
