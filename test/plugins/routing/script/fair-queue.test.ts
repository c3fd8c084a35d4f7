import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createFairQueue } from '../../../../plugins/routing/script/fair-queue.ts'

const anyone = (): boolean => true

describe('the queue before the sandboxes', () => {
  it('serves tenants in turn, and each in order', () => {
    const queue = createFairQueue<string>({ perTenant: 10, total: 10 })
    for (const item of ['a1', 'a2', 'a3']) queue.push('a', item)
    for (const item of ['b1', 'b2']) queue.push('b', item)

    const served = Array.from({ length: 6 }, () => queue.take(anyone))

    expect(served).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', undefined])
  })

  it('passes over a tenant who may not go', () => {
    const queue = createFairQueue<string>({ perTenant: 10, total: 10 })
    queue.push('a', 'a1')
    queue.push('b', 'b1')

    expect(queue.has((tenant) => tenant === 'c')).toBe(false)
    expect(queue.take((tenant) => tenant !== 'a')).toBe('b1')
    expect(queue.size).toBe(1)
  })

  it('refuses what is too much for one tenant, or in all', () => {
    const queue = createFairQueue<number>({ perTenant: 2, total: 3 })

    const accepted = ['a', 'a', 'a', 'b', 'b'].map((tenant, index) => queue.push(tenant, index))

    expect(accepted).toEqual([true, true, false, true, false])
  })

  it('forgets what is removed and what is drained', () => {
    const queue = createFairQueue<string>({ perTenant: 10, total: 10 })
    for (const item of ['a1', 'a2']) queue.push('a', item)
    queue.push('b', 'b1')

    queue.remove('a', 'a1')
    queue.remove('c', 'c1')

    expect(queue.drain()).toEqual(['a2', 'b1'])
    expect(queue.size).toBe(0)
    expect(queue.take(anyone)).toBeUndefined()
  })

  it('loses nothing and gives nothing twice', () => {
    const tenants = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 60 })
    fc.assert(
      fc.property(tenants, (pushes) => {
        const queue = createFairQueue<number>({ perTenant: 100, total: 100 })
        for (const [index, tenant] of pushes.entries()) queue.push(tenant, index)
        const served = pushes.map(() => queue.take(anyone))
        expect(served.toSorted((left = 0, right = 0) => left - right)).toEqual([...pushes.keys()])
      }),
    )
  })
})
