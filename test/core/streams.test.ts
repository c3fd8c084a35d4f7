import { request as httpRequest } from 'node:http'

import { describe, expect, it } from 'vitest'

import { eventsOf, say } from '../helpers/gateway.ts'
import {
  completion,
  DONE,
  END_EVENT,
  startBehind,
  textEvent,
  USAGE_EVENT,
} from '../helpers/openai.ts'
import { cut, hang, json, sse, status } from '../helpers/upstream.ts'

const streamed = (more: object = {}): object => say('up/m', 'hi', { stream: true, ...more })
const whole = [textEvent('Hel'), textEvent('lo'), END_EVENT, USAGE_EVENT, DONE]

describe('a stream', () => {
  it('passes the events on as they came', async () => {
    await using both = await startBehind(() => sse(whole))
    const answer = await both.gateway.chat(streamed({ stream_options: { include_usage: true } }))
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(answer.text).toBe(whole.join(''))
  })

  it('asks for the usage and withholds it from a client that did not', async () => {
    await using both = await startBehind(() => sse(whole))
    const answer = await both.gateway.chat(streamed())
    expect(both.upstream.requests[0]?.body).toEqual({
      ...say('m', 'hi', { stream: true }),
      stream_options: { include_usage: true },
    })
    expect(answer.text).toBe(whole.filter((event) => event !== USAGE_EVENT).join(''))
    expect(both.gateway.records[0]).toMatchObject({
      isStream: true,
      tokens: { input: 10, output: 5 },
      tokensAreEstimated: false,
      finishReason: 'stop',
    })
  })

  it('keeps the usage that stands in an event with text', async () => {
    const last = END_EVENT.replace(
      '"usage":null',
      '"usage":{"prompt_tokens":3,"completion_tokens":4}',
    )
    await using both = await startBehind(() => sse([textEvent('x'), last, DONE]))
    const answer = await both.gateway.chat(streamed())
    expect(answer.text).toContain('"finish_reason":"stop"')
    expect(both.gateway.records[0]).toMatchObject({ tokens: { input: 3, output: 4 } })
  })

  it('is put together again wherever the network cuts it', async () => {
    const bytes = Buffer.from([textEvent('Grüße 🎉'), END_EVENT, DONE].join(''))
    const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, index) =>
      bytes.subarray(index * 7, index * 7 + 7),
    )
    await using both = await startBehind(() => sse(pieces))
    const answer = await both.gateway.chat(streamed())
    expect(answer.text).toBe(bytes.toString())
  })

  it('leaves out the comments of the upstream', async () => {
    await using both = await startBehind(() =>
      sse([': OPENROUTER PROCESSING\n\n', textEvent('x'), ': again\n\n', END_EVENT, DONE]),
    )
    const answer = await both.gateway.chat(streamed())
    expect(answer.text).toBe(textEvent('x') + END_EVENT + DONE)
  })

  it('forwards an event before the next one comes', async () => {
    let release = (): void => undefined
    const seen = new Promise<void>((resolve) => {
      release = resolve
    })
    await using both = await startBehind(() => sse([textEvent('first'), seen, END_EVENT, DONE]))
    const response = await fetch(`${both.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(streamed()),
    })
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? []).toString()).toBe(textEvent('first'))
    release()
    await reader?.read()
  })
})

describe('a stream that fails', () => {
  it('before its first event is an ordinary error, after retries', async () => {
    await using both = await startBehind((_request, count) =>
      count === 1 ? status(503) : count === 2 ? cut() : sse(whole),
    )
    const answer = await both.gateway.chat(streamed())
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('[DONE]')
    expect(both.upstream.requests).toHaveLength(3)
  })

  it('with an error as its first event is tried again', async () => {
    const error = 'data: {"error":{"message":"Overloaded","code":503}}\n\n'
    await using both = await startBehind((_request, count) => sse(count === 1 ? [error] : whole))
    const answer = await both.gateway.chat(streamed())
    expect(answer.text).toContain('Hel')
    expect(answer.text).not.toContain('Overloaded')
  })

  it('in the middle ends with an error event and no [DONE]', async () => {
    await using both = await startBehind(() => cut([textEvent('Hel')]))
    const answer = await both.gateway.chat(streamed())
    const events = eventsOf(answer.text)
    expect(events[0].choices[0].delta.content).toBe('Hel')
    expect(events[1].error).toMatchObject({
      type: 'provider_error',
      code: 'upstream_error',
      details: { status: 502 },
    })
    expect(answer.text).not.toContain('[DONE]')
    expect(both.gateway.records[0]).toMatchObject({ status: 'error', tokensAreEstimated: true })
  })

  it('by ending too early is not passed off as complete', async () => {
    await using both = await startBehind(() => sse([textEvent('Hel')]))
    const answer = await both.gateway.chat(streamed())
    expect(eventsOf(answer.text).at(-1).error.code).toBe('invalid_upstream_response')
    expect(answer.text).not.toContain('[DONE]')
  })

  it('with an error event in the middle tells it in our own words', async () => {
    const error = 'data: {"error":{"message":"Overloaded","code":503}}\n\n'
    await using both = await startBehind(() => sse([textEvent('x'), error]))
    const answer = await both.gateway.chat(streamed())
    expect(eventsOf(answer.text).at(-1).error).toMatchObject({
      code: 'upstream_error',
      details: { upstream_status: 503, status: 502 },
    })
  })

  it('by saying nothing more is ended after the idle limit', async () => {
    await using both = await startBehind(() => hang([textEvent('x')]), {
      settings: { timeouts: { idleMs: 300 } },
    })
    const answer = await both.gateway.chat(streamed())
    expect(eventsOf(answer.text).at(-1).error.code).toBe('upstream_timeout')
  })

  it('by not being one is an error', async () => {
    await using both = await startBehind(() => json(completion()), { settings: { maxRetries: 0 } })
    const answer = await both.gateway.chat(streamed())
    expect(answer.status).toBe(502)
    expect(answer.body.error.code).toBe('invalid_upstream_response')
  })
})

describe('a client that goes away', () => {
  it('before the first byte closes the upstream and leaves a record', async () => {
    await using both = await startBehind(() => hang())
    const leave = send(both.gateway.url, say('up/m', 'hi'))
    const received = await both.upstream.nextRequest()
    leave()
    expect(await received.abandoned).toBe(true)
    await both.gateway.ended(1)
    expect(both.gateway.records[0]).toMatchObject({ status: 'cancelled', statusCode: 499 })
  })

  it('in the middle of a stream closes the upstream, and what was used is recorded', async () => {
    const text = 'word '.repeat(40)
    await using both = await startBehind(() => hang([textEvent(text)]), {
      settings: { prices: { 'up/m': { input: 1, output: 1 } } },
    })
    const leave = send(both.gateway.url, streamed())
    const received = await both.upstream.nextRequest()
    await leave.firstByte
    leave()
    expect(await received.abandoned).toBe(true)
    await both.gateway.ended(1)
    const [record] = both.gateway.records
    expect(record).toMatchObject({ status: 'cancelled', tokensAreEstimated: true })
    expect(record?.tokens?.output).toBe(50)
    expect(Number(record?.cost)).toBeGreaterThan(0)
  })
})

/** Sends a chat request; calling the result hangs up. */
function send(url: string, body: object): (() => void) & { firstByte: Promise<void> } {
  const request = httpRequest(`${url}/v1/chat/completions`, { method: 'POST' })
  request.on('error', () => undefined)
  const firstByte = new Promise<void>((resolve) => {
    request.on('response', (response) => {
      response.on('error', () => undefined)
      response.once('data', () => resolve())
    })
  })
  request.end(JSON.stringify(body))
  return Object.assign(() => void request.destroy(), { firstByte })
}
