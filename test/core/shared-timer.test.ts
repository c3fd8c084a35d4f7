import { describe, expect, it } from 'vitest'

import { SharedTimer, type Timed } from '../../core/shared-timer.ts'

/** Something with a time, and a promise of when it is up. */
function createTimed(): Timed & { readonly up: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>()
  return { up: promise, onTimeUp: () => resolve(performance.now()) }
}

describe('a shared timer', () => {
  it('tells each that its time is up, in order and not before', async () => {
    const timer = new SharedTimer(20)
    const [first, second] = [createTimed(), createTimed()]
    const startMark = performance.now()
    timer.start(first)
    await waitFor(timer)
    timer.start(second)
    const [firstMark, secondMark] = await Promise.all([first.up, second.up])
    expect(firstMark - startMark).toBeGreaterThanOrEqual(20)
    expect(secondMark - firstMark).toBeGreaterThanOrEqual(20)
  })

  it('says nothing to those that were stopped, and goes on for the others', async () => {
    const timer = new SharedTimer(20)
    let isTold = false
    const stopped = { onTimeUp: () => (isTold = true) }
    const other = createTimed()
    const place = timer.start(stopped)
    timer.start(other)
    timer.stop(place)
    await other.up
    expect(isTold).toBe(false)
  })

  it('begins again after all were done', async () => {
    const timer = new SharedTimer(5)
    for (let round = 0; round < 3; round++) await waitFor(timer)
    expect(await waitFor(timer)).toBeGreaterThan(0)
  })
})

/** Waits once for the timer itself. */
function waitFor(timer: SharedTimer): Promise<number> {
  const timed = createTimed()
  timer.start(timed)
  return timed.up
}
