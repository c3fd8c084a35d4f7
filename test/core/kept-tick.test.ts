import { createHook } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { expect, it } from 'vitest'

import { keepTick } from '../../core/kept-tick.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

it('one of the objects of ticks outlives every collection, so that their shape is never lost', async () => {
  const ticks: WeakRef<object>[] = []
  const watch = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'TickObject') ticks.push(new WeakRef(resource))
    },
    trackPromises: false,
  }).enable()
  keepTick()
  process.nextTick(() => {})
  keepTick()
  watch.disable()
  expect(ticks).toHaveLength(2)

  for (let round = 0; round < 3; round += 1) {
    await nextTurn()
    collectGarbage()
  }
  expect(ticks.map((tick) => tick.deref() !== undefined)).toEqual([true, false])
})
