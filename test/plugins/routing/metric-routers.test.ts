import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createLiveMetrics, definePlugin, type Trial, type TryRoute } from '#core'
import { routers } from '#plugins/routing/routers'

import { attempt, measured, tokens } from '../../core/live-metrics/measured.ts'
import { say, startGateway } from '../../helpers/gateway.ts'
import { completion, providerAt } from '../../helpers/openai.ts'
import { json, startUpstream } from '../../helpers/upstream.ts'
import { startRouted, type Routed } from './routed.ts'

let routed: Routed
beforeEach(async () => void (routed = await startRouted()))
afterEach(() => routed[Symbol.asyncDispose]())

/** Tells the gateway of answers of `good/x` and the like, ended now. */
function answered(name: string, latencyMs: number, tokenCount = 100): void {
  record(name, latencyMs, {}, tokenCount)
}

function failed(name: string, times = 1): void {
  for (let left = times; left > 0; left--) record(name, 1, { errorCode: 'upstream_error' }, 0)
}

function record(name: string, durationMs: number, own: object, tokenCount: number): void {
  const [provider = '', model = ''] = name.split('/')
  const startedAt = Date.now() - durationMs
  const one = attempt({ provider, model, startedAt, durationMs, ...own })
  const { metrics } = routed.gateway.gateway.inference
  metrics.record(
    measured({ startedAt, durationMs, attempts: [one], tokens: tokens(tokenCount, 0) }),
  )
}

/** The model that answers a request with this router. */
async function first(router: object): Promise<string> {
  const [name = ''] = await routed.tried({ router })
  return name
}

async function refusal(router: object): Promise<object> {
  const { status, body } = await routed.ask({ router })
  expect(status).toBe(400)
  const { code, param } = body.error
  return { code, param }
}

const ALL = ['good/x', 'good/y', 'good/z']

describe('an optimized router', () => {
  it.each([
    ['latency', 'good/y'],
    ['ttft', 'good/y'],
    ['tps', 'good/z'],
    ['requests', 'good/z'],
    ['error_rate', 'good/y'],
  ])('sends to the best by %s: %s', async (metric, best) => {
    answered('good/x', 300)
    answered('good/x', 300)
    failed('good/x')
    answered('good/y', 100, 1)
    answered('good/y', 100, 1)
    answered('good/z', 500, 10_000)
    if (metric === 'error_rate') failed('good/z')
    expect(await first({ type: 'optimized', metric, targets: ALL })).toBe(best)
  })

  it('is called `latency` for short, and `cost` by the price', async () => {
    answered('good/x', 300)
    answered('good/y', 100)
    expect(await first({ type: 'latency', targets: ['good/x', 'good/y'] })).toBe('good/y')
    expect(await first({ type: 'cost', targets: ['good/y', 'good/x'] })).toBe('good/x')
  })

  it('explores what was never asked, and then what answers fast', async () => {
    answered('good/x', 10)
    const router = { type: 'optimized', metric: 'latency', targets: ['good/x', 'good/y'] }
    expect(await first(router)).toBe('good/y')
    answered('good/y', 60_000)
    expect(await first(router)).toBe('good/x')
  })

  it('leaves a target that only fails behind those that answer', async () => {
    failed('bad/x')
    answered('good/x', 5000)
    const router = { type: 'optimized', metric: 'latency', targets: ['bad/x', 'good/x'] }
    expect(await routed.tried({ router })).toEqual(['good/x'])
  })

  it('falls back to the next best', async () => {
    answered('bad/x', 10)
    answered('good/x', 900)
    answered('good/y', 300)
    const targets = ['good/x', 'bad/x', 'good/y']
    const router = { type: 'optimized', metric: 'latency', targets }
    expect(await routed.tried({ router })).toEqual(['bad/x', 'good/y'])
  })

  it('learns from the requests that it sends', async () => {
    const router = { type: 'optimized', metric: 'requests', targets: ['good/x', 'good/y'] }
    const names = [await first(router), await first(router), await first(router)]
    expect(names).toEqual(['good/x', 'good/y', 'good/x'])
  })

  it('finds out which of two providers is the faster', async () => {
    const { promise: isHeld, resolve: release } = Promise.withResolvers<void>()
    await using slow = await startUpstream(async (_, count) => {
      if (count === 1) await isHeld
      return json(completion('from slow'))
    })
    await using fast = await startUpstream(() => json(completion('from fast')))
    await using gateway = await startGateway({
      plugins: [providerAt('slow', slow), providerAt('fast', fast), routers()],
    })
    // The slow answer begins before the fast one and ends after it, however long either takes.
    const first = gateway.chat(say('slow/m', 'hi'))
    await slow.nextRequest()
    await gateway.chat(say('fast/m', 'hi'))
    release()
    await first
    const best = async (metric: string): Promise<string> => {
      const router = { type: 'optimized', metric, targets: ['slow/m', 'fast/m'] }
      const answer = await gateway.chat(say('router/dynamic', 'hi', { router }))
      return answer.body.choices[0].message.content
    }
    expect(await best('latency')).toBe('from fast')
    expect(await best('requests')).toBe('from slow')
  })

  it('goes by the metrics of a trial, where it is one', async () => {
    let tryRoute: TryRoute | undefined
    const trying = definePlugin({
      name: 'trying',
      schema: { type: 'object', additionalProperties: false },
      setup(host) {
        tryRoute = host.tryRoute
        return {}
      },
    })
    await using own = await startRouted(trying())
    const past = createLiveMetrics()
    const slow = attempt({ provider: 'good', model: 'x', startedAt: Date.now() })
    past.record(measured({ startedAt: Date.now(), attempts: [slow] }))
    const router = { type: 'optimized', metric: 'latency', targets: ['good/x', 'good/y'] }
    const route = async (trial: Trial): Promise<string | undefined> => {
      const request = say('router/dynamic', 'hi', { router })
      const caller = { projectId: 'p', scopes: ['write' as const] }
      const { targets } = await tryRoute!({ operation: 'chat', request, caller, trial })
      return targets[0]?.model
    }
    expect(await route({})).toBe('x')
    expect(await route({ metrics: past })).toBe('y')
    expect(own.asked).toEqual([])
  })

  it('goes by a percentile where it is told to', async () => {
    for (let count = 0; count < 9; count++) answered('good/x', 10)
    answered('good/x', 9000)
    for (let count = 0; count < 10; count++) answered('good/y', 500)
    const router = { type: 'optimized', metric: 'latency', targets: ['good/x', 'good/y'] }
    expect(await first({ ...router, aggregate: 'p50' })).toBe('good/x')
    expect(await first({ ...router, aggregate: 'p99' })).toBe('good/y')
    expect(await first({ ...router, metric: 'latency_p99' })).toBe('good/y')
  })

  it('reads `provider/*` as the models with metrics, and keeps the parameters of a target', async () => {
    answered('good/y', 100)
    answered('good/z', 50)
    const targets = [{ model: 'good/*', temperature: 0.25 }]
    expect(await first({ type: 'latency', targets })).toBe('good/z')
    expect(routed.asked.at(-1)).toMatchObject({ temperature: 0.25 })
  })

  it('reads a bare name as that model of every provider that has metrics', async () => {
    answered('good/x', 800)
    answered('bad/x', 900)
    expect(await first({ type: 'latency', targets: ['x'] })).toBe('good/x')
  })

  it('compares what nested routers choose', async () => {
    answered('good/x', 300)
    answered('good/y', 100)
    const nested = { router: { type: 'fallback', targets: ['good/y'] } }
    expect(await first({ type: 'latency', targets: ['good/x', nested] })).toBe('good/y')
  })

  it.each([
    [{ targets: ALL }, 'router.metric', 'missing_required_parameter'],
    [{ metric: 'latency' }, 'router.targets', 'missing_required_parameter'],
    [{ metric: 'speed', targets: ALL }, 'router.metric', 'invalid_parameter'],
    [{ metric: 'ttft', window: 'today', targets: ALL }, 'router.window', 'invalid_parameter'],
    [{ metric: 'ttft', aggregate: 'p42', targets: ALL }, 'router.aggregate', 'invalid_parameter'],
    [{ metric: 'price', aggregate: 'p50', targets: ALL }, 'router.aggregate', 'invalid_parameter'],
    [{ metric: 'ttft', targets: [] }, 'router.targets', 'invalid_parameter'],
  ])('names what is wrong: %j', async (fields, param, code) => {
    expect(await refusal({ type: 'optimized', ...fields })).toEqual({ code, param })
  })
})

describe('an objective', () => {
  it('is met by the best of the targets that meet all limits', async () => {
    answered('good/x', 90_000)
    answered('good/y', 40_000)
    answered('good/z', 10_000)
    failed('good/z')
    const where = { latency_p95: { $lt: 80_000 }, error_rate: { lt: 0.01 } }
    expect(await first({ type: 'objective', targets: ALL, where, minimize: 'price' })).toBe(
      'good/y',
    )
    expect(await first({ type: 'objective', targets: ALL, minimize: 'latency' })).toBe('good/z')
    expect(await first({ type: 'objective', targets: ALL, maximize: 'latency' })).toBe('good/x')
  })

  it('is met the least badly when no target meets the limits', async () => {
    answered('good/x', 1000)
    answered('good/y', 300)
    answered('good/z', 600)
    const where = { latency: { $lt: 100 } }
    const router = { type: 'objective', targets: ALL, where, maximize: 'latency' }
    expect(await first(router)).toBe('good/y')
  })

  it('adds up how far each limit is missed', async () => {
    answered('good/x', 150)
    failed('good/x')
    answered('good/y', 300)
    // x misses the latency by a half and the error rate by four times, y the latency by two times.
    const where = { latency: { $lt: 100 }, error_rate: { $lt: 0.1 } }
    const router = { type: 'objective', targets: ['good/x', 'good/y'], where, minimize: 'latency' }
    expect(await first(router)).toBe('good/y')
  })

  it('keeps those that break a limit as fallbacks', async () => {
    answered('bad/x', 50)
    answered('good/x', 900)
    const where = { latency: { $lt: 100 } }
    const router = { type: 'objective', targets: ['good/x', 'bad/x'], where, minimize: 'latency' }
    expect(await routed.tried({ router })).toEqual(['bad/x', 'good/x'])
  })

  it('tries a target that was not asked lately, whatever its limits', async () => {
    answered('good/x', 50)
    const where = { latency: { $gt: 10 }, tps: { $gt: 1 } }
    const router = { type: 'objective', targets: ['good/x', 'good/y'], where, minimize: 'latency' }
    expect(await first(router)).toBe('good/y')
  })

  it.each([
    [
      { minimize: 'price', where: { speed: { $lt: 1 } } },
      'router.where.speed',
      'invalid_parameter',
    ],
    [
      { minimize: 'price', where: { ttft: { $below: 1 } } },
      'router.where.ttft.$below',
      'invalid_parameter',
    ],
    [
      { minimize: 'price', where: { ttft: { $lt: 'fast' } } },
      'router.where.ttft.$lt',
      'invalid_parameter',
    ],
    [{ minimize: 'speed' }, 'router.minimize', 'invalid_parameter'],
    [{}, 'router.minimize', 'missing_required_parameter'],
    [{ minimize: 'price', maximize: 'tps' }, 'router.maximize', 'invalid_parameter'],
  ])('names what is wrong: %j', async (fields, param, code) => {
    expect(await refusal({ type: 'objective', targets: ALL, ...fields })).toEqual({ code, param })
  })
})

describe('a router to the least busy', () => {
  it('sends to the target with the fewest calls under way', async () => {
    const { metrics } = routed.gateway.gateway.inference
    const [x, y] = [
      { provider: 'good', model: 'x' },
      { provider: 'good', model: 'y' },
    ]
    metrics.begin(x)
    const router = { type: 'least_busy', targets: ['good/x', 'good/y'] }
    expect(await first(router)).toBe('good/y')
    metrics.begin(y)
    metrics.begin(y)
    expect(await first(router)).toBe('good/x')
  })

  it('prefers the faster of those that are as busy', async () => {
    answered('good/x', 300)
    answered('good/y', 100)
    expect(await first({ type: 'least_busy', targets: ['good/x', 'good/y'] })).toBe('good/y')
  })
})
