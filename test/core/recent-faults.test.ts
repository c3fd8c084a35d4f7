import { describe, expect, it } from 'vitest'

import { RecentFaults } from '../../core/recent-faults.ts'

/** Calls one after the other, a second apart, each of which takes a millisecond. */
function play(outcomes: string): boolean[] {
  const recent = new RecentFaults()
  return Array.from(outcomes, (outcome, at) => {
    if (outcome === 'x') return recent.fail(at * 1000, at * 1000 + 1)
    recent.succeed(at * 1000)
    return false
  })
}

describe('a connection', () => {
  it.each([
    ['fails five times in a row', 'xxxxx', true],
    ['fails four times in a row', 'xxxx', false],
    ['answers in between', 'xxxx.x', false],
    ['fails with half of twenty calls', '.x.x.x.x.x.x.x.x.x.x', true],
    ['fails with half of fewer calls', '.x.x.x.x.x.x.x.x.x', false],
    ['fails with a third of its calls', '..x..x..x..x..x..x..x..x', false],
  ])('that %s (%s): ill? %s', (_how, outcomes, expected) => {
    expect(play(outcomes).at(-1)).toBe(expected)
  })

  it('that failed often, but not within half a minute, is not ill', () => {
    const recent = new RecentFaults()
    for (let at = 0; at < 40; at++) {
      recent.succeed(at * 4000)
      expect(recent.fail(at * 4000 + 2000, at * 4000 + 2001)).toBe(false)
    }
  })

  it('that breaks for all calls that are under way has failed once', () => {
    const recent = new RecentFaults()
    for (let call = 0; call < 100; call++) expect(recent.fail(call, 500 + call)).toBe(false)
    for (let call = 0; call < 3; call++) {
      expect(recent.fail(1000 + call * 10, 1005 + call * 10)).toBe(false)
    }
    expect(recent.fail(1040, 1045)).toBe(true)
  })

  it('that lets all calls wait to their limit is ill after a few seconds of that', () => {
    const recent = new RecentFaults()
    const ill = Array.from({ length: 500 }, (_one, call) =>
      recent.fail(call * 10, 60_000 + call * 10),
    )
    expect(ill.indexOf(true)).toBe(400)
  })
})
