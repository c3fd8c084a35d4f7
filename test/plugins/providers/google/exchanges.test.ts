import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { toChatCompletion } from '../../../../plugins/providers/google/answer.ts'
import { lossesOf } from '../../../../plugins/providers/google/degraded.ts'
import { createEventReader } from '../../../../plugins/providers/google/events.ts'
import { toGenerateContentRequest } from '../../../../plugins/providers/google/request.ts'
import { FIXTURE_TIME_MS, parseEvents, readExchanges } from '../exchanges.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: FIXTURE_TIME_MS })
})
afterEach(() => {
  vi.useRealTimers()
})

describe.each(readExchanges('google/exchanges'))('the exchange "$name"', (exchange) => {
  const { request } = exchange
  const { model } = request

  it('asks Google in its own form', () => {
    const body = JSON.parse(JSON.stringify(toGenerateContentRequest(request, model)))

    expect(body).toEqual(exchange.upstreamRequest)
  })

  it('names what is left out or done otherwise', () => {
    expect(lossesOf(request, model)).toEqual(exchange.degraded)
  })

  it('answers in the canonical form', () => {
    const { upstreamStream, upstreamAnswer, answer, chunks } = exchange
    const isStream = upstreamStream !== undefined
    const given = isStream
      ? parseEvents(upstreamStream).flatMap(createEventReader(model))
      : toChatCompletion(upstreamAnswer, model)

    expect(given).toEqual(isStream ? chunks : answer)
  })
})
