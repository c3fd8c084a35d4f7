// Runs first in every fresh cell, before a line of the script's, and yields the functions that sandbox.mjs calls.
// Every value of a script's is touched in here and nowhere else, under the script's time limit: its getters, proxies
// and toJSON methods run as slowly as they like and find nobody to surprise. Only strings leave.
/* oxlint-disable no-eval, typescript/unbound-method -- it takes away from a script what it uses itself */
;(() => {
  'use strict'

  const KEPT_GLOBALS =
    'Object Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date Promise RegExp ' +
    'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError globalThis JSON Math ' +
    'Map BigInt Set Iterator WeakMap WeakSet Proxy Reflect decodeURI decodeURIComponent encodeURI ' +
    'encodeURIComponent isFinite isNaN console'

  // A script may replace any built-in; what the prelude needs of them it takes now.
  const { parse, stringify } = JSON
  const { imul } = Math
  const { defineProperty, getPrototypeOf } = Object
  const unbound = (method) => Function.prototype.call.bind(method)
  const then = unbound(Promise.prototype.then)
  const match = unbound(RegExp.prototype.exec)
  const slice = unbound(String.prototype.slice)
  const charCodeAt = unbound(String.prototype.charCodeAt)
  const sliceArray = unbound(Array.prototype.slice)
  const TrustedPromise = Promise
  const TrustedSyntaxError = SyntaxError
  const toText = String
  const toNumber = Number
  // Called by another name than `eval`, it sees the global scope and nothing of the prelude's.
  const evaluate = eval

  const NAME = 'router-script'
  // QuickJS has a name of its own for what `eval` is given.
  const PLACE = /(?:router-script|<input>):(\d{1,7}):(\d{1,7})/
  const MESSAGE_LENGTH = 500

  // Memory outside the heap limit, native code, shared clocks, locale tables and code made from strings go; so does
  // whatever a later V8 may add.
  const kept = new Set(KEPT_GLOBALS.split(' '))
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!kept.has(name)) delete globalThis[name]
  }
  const refuse = () => {
    throw new EvalError('A router script cannot make code from strings.')
  }
  for (const example of [() => {}, function* () {}, async () => {}, async function* () {}]) {
    defineProperty(getPrototypeOf(example), 'constructor', { value: refuse })
  }
  // Else a script would be handed V8's call sites, and its function would run wherever a stack is read.
  defineProperty(Error, 'prepareStackTrace', { value: undefined })

  /** Numbers in [0, 1) that are the same for the same seed (FNV-1a, then mulberry32). */
  const generator = (seed) => {
    const text = toText(seed)
    let state = 0x811c9dc5
    for (let index = 0; index < text.length; index++) {
      state = imul(state ^ charCodeAt(text, index), 0x01000193)
    }
    const next = () => {
      state = (state + 0x6d2b79f5) | 0
      let mixed = imul(state ^ (state >>> 15), state | 1)
      mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61)
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
    }
    // `random() < 0.1` is what many write; without this it would be false for ever.
    return defineProperty(next, 'valueOf', { value: next })
  }

  /** The `random` of one call: without a seed it goes on with the call's own. */
  const randomOf = (callSeed) => {
    let own
    return (seed) => (seed === undefined ? (own ??= generator(callSeed)) : generator(seed))
  }

  let route
  /** What is the same for many calls, where the script keeps its context. */
  let shared
  /** The verdicts of the calls under way, by their place; without a prototype that a script could lie in wait in. */
  let verdicts
  let count = 0

  // Without a prototype, or a script's `Object.prototype.toJSON` would write the verdict.
  const failure = (reason, message, place) =>
    stringify({
      __proto__: null,
      ok: false,
      reason,
      message: slice(message, 0, MESSAGE_LENGTH),
      line: place?.[1] && toNumber(place[1]),
      column: place?.[2] && toNumber(place[2]),
    })

  const messageOf = (thrown) => {
    if (typeof thrown !== 'object' || thrown === null) return toText(thrown)
    const { name, message } = thrown
    if (typeof message !== 'string') return 'The script threw an object without a message.'
    return typeof name === 'string' && name !== 'Error' ? `${name}: ${message}` : message
  }

  const thrownFailure = (reason, thrown) => {
    try {
      const stack = typeof thrown === 'object' && thrown !== null ? thrown.stack : undefined
      const place = typeof stack === 'string' ? match(PLACE, stack) : null
      return failure(reason, messageOf(thrown), place)
    } catch {
      return failure(reason, 'The script threw something that cannot be read.')
    }
  }

  const serialise = (value, resultBytes) => {
    let text
    try {
      text = stringify(value)
    } catch (error) {
      return thrownFailure('bad_result', error)
    }
    if (text === undefined) {
      return failure('bad_result', `The script returned ${typeof value}, which JSON cannot carry.`)
    }
    if (text.length > resultBytes) {
      return failure('result_too_large', `The result is longer than ${resultBytes} bytes.`)
    }
    return `{"ok":true,"value":${text}}`
  }

  /** Calls the loaded route; the verdict, or undefined while a promise is open. */
  const callRoute = (args, seed, resultBytes, settle) => {
    try {
      const value = route({ ...shared?.(), ...args, random: randomOf(seed) })
      if (typeof value !== 'object' || value === null || typeof value.then !== 'function') {
        return serialise(value, resultBytes)
      }
      then(
        new TrustedPromise((resolve) => resolve(value)),
        (settled) => settle(serialise(settled, resultBytes)),
        (thrown) => settle(thrownFailure('threw', thrown)),
      )
    } catch (error) {
      return thrownFailure('threw', error)
    }
  }

  /** Loads the script: undefined, or why it can not be called. */
  const load = (source) => {
    try {
      // On lines of its own, after the script's: a comment left open cannot swallow it and positions stay the user's.
      route = evaluate(
        `${source}\n;typeof route === 'undefined' ? undefined : route\n//# sourceURL=${NAME}`,
      )
    } catch (error) {
      return thrownFailure(error instanceof TrustedSyntaxError ? 'syntax' : 'threw', error)
    }
    if (typeof route === 'function') return undefined
    return failure('bad_result', 'The script defines no function named `route`.')
  }

  /** Takes the models and metrics of the calls to come; each gets a list of its own, which it may sort. */
  const keep = (json) => {
    const { models, metrics } = parse(json)
    shared = () => ({ models: sliceArray(models), metrics })
  }

  const UNSETTLED = failure('never_settled', 'The promise that the script returned never settles.')

  /** The verdicts of the calls begun last, one a line: JSON never holds a line break. */
  const collect = () => {
    let text = ''
    for (let index = 0; index < count; index++) {
      text += (index > 0 ? '\n' : '') + (verdicts[index] ?? UNSETTLED)
    }
    return text
  }

  /**
   * Begins calls, each `{ args, seed }`. Returns the verdicts when it has them all, one a line; else `collect` has
   * them after the microtasks have run.
   */
  const begin = (callsJson, resultBytes) => {
    const calls = parse(callsJson)
    // A call that settles after it was given up writes where nobody reads.
    const own = { __proto__: null }
    verdicts = own
    count = calls.length
    let isSettled = true
    for (let index = 0; index < count; index++) {
      const { args, seed } = calls[index]
      const verdict = callRoute(args, seed, resultBytes, (text) => {
        own[index] ??= text
      })
      if (verdict === undefined) isSettled = false
      else own[index] = verdict
    }
    return isSettled ? collect() : undefined
  }

  /** Loads the script and begins one call. */
  const start = (source, callsJson, resultBytes) => {
    const fault = load(source)
    if (fault === undefined) return begin(callsJson, resultBytes)
    return fault
  }

  return { load, keep, begin, start, collect }
})()
