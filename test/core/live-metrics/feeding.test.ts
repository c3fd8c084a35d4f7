import { describe, expect, it } from 'vitest'

import { definePlugin, type Ask, type MetricName } from '#core'

import { say, type TestGateway } from '../../helpers/gateway.ts'
import {
  completion,
  DONE,
  END_EVENT,
  startBehind,
  textEvent,
  USAGE_EVENT,
} from '../../helpers/openai.ts'
import { hang, json, sse, status } from '../../helpers/upstream.ts'

const target = { provider: 'up', model: 'm' }

function read(gateway: TestGateway, name: MetricName, model = 'm'): number | null | undefined {
  const { metrics } = gateway.gateway.inference
  return metrics.of({ ...target, model }, 'last_15_minutes')?.read(name)
}

function busy({ gateway }: TestGateway): number {
  return gateway.inference.metrics.inFlight(target)
}

describe('the metrics of a gateway', () => {
  it('learn from an answer', async () => {
    await using both = await startBehind(() => json(completion()))
    await both.gateway.chat(say('up/m', 'hi'))
    expect(read(both.gateway, 'requests')).toBe(1)
    expect(read(both.gateway, 'error_rate')).toBe(0)
    expect(read(both.gateway, 'input_tokens')).toBe(10)
    expect(read(both.gateway, 'output_tokens')).toBe(5)
    expect(read(both.gateway, 'latency')).toBeGreaterThan(0)
    expect(read(both.gateway, 'tps')).toBeGreaterThan(0)
  })

  it('learn from every try that failed, and from the one that answered', async () => {
    await using both = await startBehind((_, count) =>
      count < 3 ? status(500, { 'retry-after-ms': '1' }) : json(completion()),
    )
    expect((await both.gateway.chat(say('up/m', 'hi'))).status).toBe(200)
    expect(read(both.gateway, 'requests')).toBe(3)
    expect(read(both.gateway, 'errors')).toBe(2)
  })

  it('do not blame a target for what the caller did', async () => {
    await using both = await startBehind(() => status(400))
    expect((await both.gateway.chat(say('up/m', 'hi'))).status).toBe(400)
    expect(read(both.gateway, 'requests')).toBeUndefined()
  })

  it('count a target as busy until the last byte of its stream', async () => {
    const gate = Promise.withResolvers<void>()
    await using both = await startBehind(() =>
      sse([textEvent('Hel'), gate.promise, END_EVENT, USAGE_EVENT, DONE]),
    )
    const response = await fetch(`${both.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(say('up/m', 'hi', { stream: true })),
    })
    expect(busy(both.gateway)).toBe(1)
    gate.resolve()
    await response.text()
    await both.gateway.ended(1)
    expect(busy(both.gateway)).toBe(0)
    expect(read(both.gateway, 'requests')).toBe(1)
    expect(read(both.gateway, 'ttft')).toBeLessThanOrEqual(read(both.gateway, 'latency')!)
  })

  it('count a target as free when it failed, and when the client went away', async () => {
    await using both = await startBehind((_, count) => (count === 1 ? status(400) : hang()))
    await both.gateway.chat(say('up/m', 'hi'))
    expect(busy(both.gateway)).toBe(0)

    const controller = new AbortController()
    const left = fetch(`${both.gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(say('up/m', 'hi')),
      signal: controller.signal,
    }).catch(() => undefined)
    while (both.upstream.requests.length < 2) await both.upstream.nextRequest()
    expect(busy(both.gateway)).toBe(1)
    controller.abort()
    await left
    await both.gateway.ended(2)
    expect(busy(both.gateway)).toBe(0)
    expect(read(both.gateway, 'requests')).toBeUndefined()
  })

  it("learn from the gateway's own questions too", async () => {
    let ask: Ask | undefined
    const asking = definePlugin({
      name: 'asking',
      schema: { type: 'object', additionalProperties: false },
      setup(host) {
        ask = host.ask
        return {}
      },
    })
    await using both = await startBehind(() => json(completion()), { plugins: [asking()] })
    const request = say('up/m', 'hi') as never
    await ask!({ operation: 'chat', request, purpose: 'shadow' })
    await ask!({ operation: 'chat', request, purpose: 'guard' })
    expect(read(both.gateway, 'requests')).toBe(2)
    expect(busy(both.gateway)).toBe(0)
  })

  it('are lent to plugins', async () => {
    let seen: number | null | undefined
    const reading = definePlugin({
      name: 'reading',
      schema: { type: 'object', additionalProperties: false },
      setup: ({ metrics }) => ({
        hooks: {
          postResponse() {
            seen = metrics.snapshot()['up']?.models['m']?.metrics.total.requests
          },
        },
      }),
    })
    await using both = await startBehind(() => json(completion()), { plugins: [reading()] })
    await both.gateway.chat(say('up/m', 'hi'))
    await both.gateway.stop()
    expect(seen).toBe(1)
  })
})
