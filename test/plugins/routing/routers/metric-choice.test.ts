import { describe, expect, it } from 'vitest'

import { targetName, type Target } from '#core'

import {
  expandPattern,
  orderByMetrics,
  readMetricChoice,
  type MetricChoice,
} from '../../../../plugins/routing/routers/metric-choice.ts'
import { createTestKnowledge, type TestKnowledge } from './knowledge.ts'

function targetsOf(...names: string[]): readonly Target[] {
  return names.map((name) => {
    const [provider = '', model = ''] = name.split('/')
    return { provider, model }
  })
}

function order(known: TestKnowledge, choice: object, ...names: string[]): readonly string[] {
  return orderByMetrics(targetsOf(...names), readMetricChoice({ ...choice }), known).map(targetName)
}

describe('the order by a metric', () => {
  it('is as listed when there is nothing to sort by', () => {
    const known = createTestKnowledge()
    expect(order(known, {}, 'q/a', 'p/b', 'p/a')).toEqual(['q/a', 'p/b', 'p/a'])
  })

  it('is the least first', () => {
    const known = createTestKnowledge()
    known.answered('p/a', 300, 500)
    known.answered('p/b', 200)
    known.answered('q/a', 399)
    expect(order(known, { sort_by: 'latency' }, 'p/a', 'p/b', 'q/a')).toEqual(['p/b', 'q/a', 'p/a'])
  })

  it.each(['tps', 'throughput', 'tps_p50'])('is the most first for %s', (sortBy) => {
    const known = createTestKnowledge()
    known.spoke('p/a', 10)
    known.spoke('p/b', 30)
    known.spoke('q/a', 20)
    expect(order(known, { sort_by: sortBy }, 'p/a', 'p/b', 'q/a')).toEqual(['p/b', 'q/a', 'p/a'])
  })

  it.each([
    ['max', ['p/a', 'p/b']],
    ['MAX', ['p/a', 'p/b']],
    ['min', ['p/b', 'p/a']],
  ])('turns around where the request says so: %s', (sortOrder, expected) => {
    const known = createTestKnowledge()
    known.answered('p/a', 300)
    known.answered('p/b', 200)
    const choice = { sort_by: 'latency', sort_order: sortOrder }
    expect(order(known, choice, 'p/a', 'p/b')).toEqual(expected)
  })

  it('explores what was never asked where less is better, and not where more is', () => {
    const known = createTestKnowledge()
    known.spoke('p/a', 10)
    expect(order(known, { sort_by: 'latency' }, 'p/a', 'q/z')).toEqual(['q/z', 'p/a'])
    expect(order(known, { sort_by: 'requests' }, 'p/a', 'q/z')).toEqual(['q/z', 'p/a'])
    expect(order(known, { sort_by: 'tps' }, 'q/z', 'p/a')).toEqual(['p/a', 'q/z'])
  })

  it('puts what was asked and never answered last', () => {
    const known = createTestKnowledge()
    known.failed('p/a')
    known.answered('p/b', 90_000)
    expect(order(known, { sort_by: 'latency' }, 'p/a', 'p/b')).toEqual(['p/b', 'p/a'])
    expect(order(known, { sort_by: 'latency', sort_order: 'max' }, 'p/a', 'p/b')).toEqual([
      'p/b',
      'p/a',
    ])
  })

  it('gives ties to the smaller name', () => {
    const known = createTestKnowledge()
    for (const name of ['q/a', 'p/b', 'p/a']) known.answered(name, 100)
    expect(order(known, { sort_by: 'error_rate' }, 'q/a', 'p/b', 'p/a')).toEqual([
      'p/a',
      'p/b',
      'q/a',
    ])
  })

  it('knows prices beforehand, and puts the unknown ones last', () => {
    const known = createTestKnowledge()
    expect(order(known, { sort_by: 'price' }, 'p/c', 'p/a', 'q/a', 'p/b')).toEqual([
      'p/b',
      'q/a',
      'p/a',
      'p/c',
    ])
  })

  it('goes by what every request cost for `cost`', () => {
    const known = createTestKnowledge()
    known.answered('p/a', 1)
    expect(order(known, { sort_by: 'cost', sort_order: 'max' }, 'p/b', 'p/a')).toEqual([
      'p/a',
      'p/b',
    ])
  })

  it.each(['last_15_minutes', 'Last15Minutes'])('looks at the window %s only', (window) => {
    const known = createTestKnowledge()
    known.answered('p/a', 100)
    known.answered('p/b', 900)
    known.pass(30 * 60_000)
    known.answered('p/a', 500)
    known.answered('p/b', 50)
    const [targets, choice] = [['p/a', 'p/b'], { sort_by: 'latency' }] as const
    expect(order(known, choice, ...targets)).toEqual(['p/a', 'p/b'])
    expect(order(known, { ...choice, window }, ...targets)).toEqual(['p/b', 'p/a'])
    expect(order(known, { ...choice, metrics_duration: window }, ...targets)).toEqual([
      'p/b',
      'p/a',
    ])
  })

  it('keeps the parameters of each target', () => {
    const known = createTestKnowledge()
    known.answered('p/a', 100)
    const targets = [{ provider: 'p', model: 'a', parameters: { temperature: 0.1 } }]
    const choice: MetricChoice = { sortBy: 'latency' }
    expect(orderByMetrics(targets, choice, known)).toEqual(targets)
  })
})

describe('a filter', () => {
  const cases: readonly [filter: object, passed: readonly string[]][] = [
    [{ latency: { $lt: 200 } }, ['p/a', 'r/only']],
    [{ latency: { lt: 100 } }, ['r/only']],
    [{ latency: { $lte: 100 } }, ['p/a', 'r/only']],
    [{ latency: { $gt: 100 } }, ['p/b']],
    [{ latency: { $gte: 100 } }, ['p/a', 'p/b']],
    [{ latency: { $eq: 100 } }, ['p/a']],
    [{ latency: { $ne: 100 } }, ['p/b', 'r/only']],
    [{ latency: { $in: [0, 300] } }, ['p/b', 'r/only']],
    [{ error_rate: { $lt: 0.01 } }, ['p/a', 'p/b', 'r/only']],
    [{ error_rate: { $lt: 0.01 }, latency: { $gt: 10, $lt: 200 } }, ['p/a']],
    [{ price: { $lte: 3 } }, ['p/a', 'p/b', 'q/a']],
    [{ latency: { $gt: 10_000 } }, []],
  ]

  it.each(cases)('%j keeps what meets all of it: %j', (filter, passed) => {
    const known = createTestKnowledge()
    known.answered('p/a', 100)
    known.answered('p/b', 300)
    known.failed('q/a')
    expect(order(known, { filter }, 'p/a', 'p/b', 'q/a', 'r/only')).toEqual(passed)
  })

  it('fails what could not be measured, though its error rate is good', () => {
    const known = createTestKnowledge()
    known.answered('p/a', 100)
    expect(order(known, { filter: { tps: { $gte: 0 } } }, 'p/a')).toEqual([])
    expect(order(known, { filter: { error_rate: { $eq: 0 } } }, 'p/a')).toEqual(['p/a'])
  })
})

describe('a name among the targets', () => {
  const names = (known: TestKnowledge, pattern: string, more: object = {}): readonly string[] =>
    expandPattern(pattern, { ...known, ...more }).map(targetName)

  it('with a provider is that model', () => {
    expect(names(createTestKnowledge(), 'q/a')).toEqual(['q/a'])
  })

  it('with a star is every model of the provider that has metrics', () => {
    const known = createTestKnowledge()
    known.answered('p/b', 1)
    known.failed('p/c')
    known.answered('q/a', 1)
    expect(names(known, 'p/*')).toEqual(['p/b', 'p/c'])
  })

  it('with a star is every model that is known while none has metrics', () => {
    expect(names(createTestKnowledge(), 'p/*')).toEqual(['p/a', 'p/b', 'p/c'])
    expect(names(createTestKnowledge(), 'nobody/*')).toEqual([])
  })

  it('with a star stands for models that can do what is asked', () => {
    const known = createTestKnowledge()
    known.answered('p/text-embedding-1', 1)
    expect(names(known, 'p/*')).toEqual(['p/a', 'p/b', 'p/c'])
    expect(names(known, 'p/*', { operation: 'embeddings' })).toEqual(['p/text-embedding-1'])
  })

  it('with a star is no fine-tuned model, which somebody else may have asked', () => {
    const known = createTestKnowledge()
    known.answered('p/ft:a:acme', 1)
    known.answered('p/b', 2)
    expect(names(known, 'p/*')).toEqual(['p/b'])
  })

  it('with a star is no model that is on no list, which another project may have asked for', () => {
    const known = createTestKnowledge()
    known.answered('p/deployment-of-somebody', 1)
    expect(names(known, 'p/*')).toEqual(['p/a', 'p/b', 'p/c'])
    known.answered('p/b', 2)
    expect(names(known, 'p/*')).toEqual(['p/b'])
  })

  it('may have a star after the beginning of a name', () => {
    expect(names(createTestKnowledge(), 'p/b*')).toEqual(['p/b'])
  })

  it('without a provider is that model of every provider that has metrics for it', () => {
    const known = createTestKnowledge()
    known.answered('q/a', 1)
    expect(names(known, 'a')).toEqual(['q/a'])
    known.answered('p/a', 1)
    expect(names(known, 'a').toSorted()).toEqual(['p/a', 'q/a'])
  })

  it('without a provider is what it means everywhere while nobody has metrics for it', () => {
    expect(names(createTestKnowledge(), 'a')).toEqual(['p/a'])
    expect(names(createTestKnowledge(), 'unheard-of')).toEqual([])
  })

  it('is never a provider that is gone', () => {
    const known = createTestKnowledge()
    known.answered('gone/a', 1)
    expect(names(known, 'a')).toEqual(['p/a'])
    expect(names(known, 'gone/*')).toEqual([])
  })

  it('of a virtual model stands for its targets', () => {
    const known = createTestKnowledge({
      list: () => ['fast'],
      resolve: (name) => (name === 'fast' ? ['q/z', 'p/b'] : undefined),
    })
    expect(names(known, 'fast')).toEqual(['q/z', 'p/b'])
  })
})
