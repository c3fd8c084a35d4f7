import { createHook } from 'node:async_hooks'

let keptTick: object | undefined

/**
 * Keeps one of the objects that Node makes for each `process.nextTick`, for as long as the process lives.
 * V8 forgets the shape of objects of which a collection finds none; Node's code that makes these, whose
 * keys are computed, is never fast again after that: a tick takes six times as long, ten times a request.
 */
export function keepTick(): void {
  if (keptTick) return
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'TickObject') keptTick = resource
    },
    // A hook that has ever seen promises makes them slower for good.
    trackPromises: false,
  })
  hook.enable()
  process.nextTick(() => {})
  hook.disable()
}
