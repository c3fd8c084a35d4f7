import { AsyncParallelHook, AsyncSeriesBailHook, AsyncSeriesWaterfallHook } from 'tapable'

import { GatewayError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Explain } from './explain.ts'
import type { EarlyAnswer, Finished } from './finished.ts'
import type { GuardContent, Verdict } from './guard.ts'
import { EditableContent } from './guarding/editable-content.ts'
import type { Logger } from './logger.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { Target } from './target.ts'
import type { UsageRecord } from './usage-record.ts'

/** The hook points, in the order a request meets them: what a handler gets and may return. */
export interface HookPoints {
  /** Refuse by throwing, answer at once, or return nothing to go on. The first answer ends it. */
  preRoute(exchange: Exchange): MaybePromise<EarlyAnswer | undefined | void>
  /** Gets the targets the last handler left; returns the ones to try, in order. */
  routing(
    targets: readonly Target[],
    exchange: Exchange,
  ): MaybePromise<readonly Target[] | undefined | void>
  /** Block or redact what goes to the model. The first block ends it. */
  guardInput(content: GuardContent, exchange: Exchange): MaybePromise<Verdict | undefined | void>
  /** The same for the answer. */
  guardOutput(content: GuardContent, exchange: Exchange): MaybePromise<Verdict | undefined | void>
  /** Look at the finished exchange. The caller is already served. */
  postResponse(finished: Finished): MaybePromise<void>
  /** Keep what the exchange used. Called before the last byte leaves; a promise is not waited for. */
  usage(record: UsageRecord): MaybePromise<void>
}

/** What a plugin writes: a function, or a function and when to run it. */
export type HookHandlers = {
  readonly [Name in keyof HookPoints]?:
    | HookPoints[Name]
    | { readonly order: 'pre' | 'post'; readonly handler: HookPoints[Name] }
}

/** How the core runs them. A hook whose handlers are all synchronous returns without a promise. */
export interface Hooks {
  preRoute(exchange: Exchange): MaybePromise<EarlyAnswer | undefined>
  routing(targets: readonly Target[], exchange: Exchange): MaybePromise<readonly Target[]>
  guardInput(content: GuardContent, exchange: Exchange): MaybePromise<Verdict | undefined>
  guardOutput(content: GuardContent, exchange: Exchange): MaybePromise<Verdict | undefined>
  postResponse(finished: Finished): MaybePromise<void>
  usage(record: UsageRecord): MaybePromise<void>
  /** A hook that nobody uses costs nothing. */
  isUsed(name: keyof HookPoints): boolean
  /** `isExplained: false`: the handlers write the explain record themselves. */
  tap(plugin: string, handlers: HookHandlers, options?: { isExplained: boolean }): void
}

type Callback = (error: Error | null, result?: unknown) => void
type Handler = (first: unknown, exchange?: unknown) => unknown

/** What the wrapper needs of any of tapable's hooks. */
interface TapableHook {
  tapAsync(options: { name: string; stage: number }, handler: (...args: never[]) => void): void
  callAsync(...args: unknown[]): void
  isUsed(): boolean
}

const STAGE = { pre: -1, normal: 0, post: 1 }
const OBSERVERS = new Set<string>(['postResponse', 'usage'])
/** What they are to look at, and the exchange. The others get one thing. */
const TWO_ARGUMENTS = new Set<string>(['routing', 'guardInput', 'guardOutput'])

/**
 * The one place that knows tapable, and its three traps: a bail hook tapped with `tap` takes the
 * promise of an async function for an answer and skips the rest in silence; a parallel hook drops
 * every fault but the first; `null` counts as a result.
 */
export function createHooks(log: Logger): Hooks {
  const points: Record<keyof HookPoints, TapableHook> = {
    preRoute: new AsyncSeriesBailHook<[unknown], unknown>(['exchange']) as unknown as TapableHook,
    routing: new AsyncSeriesWaterfallHook<[unknown, unknown]>([
      'targets',
      'exchange',
    ]) as unknown as TapableHook,
    guardInput: new AsyncSeriesBailHook<[unknown, unknown], unknown>([
      'content',
      'exchange',
    ]) as unknown as TapableHook,
    guardOutput: new AsyncSeriesBailHook<[unknown, unknown], unknown>([
      'content',
      'exchange',
    ]) as unknown as TapableHook,
    postResponse: new AsyncParallelHook<[unknown]>(['finished']) as unknown as TapableHook,
    usage: new AsyncParallelHook<[unknown]>(['record']) as unknown as TapableHook,
  }

  return {
    preRoute: (exchange) =>
      call(points.preRoute, exchange) as MaybePromise<EarlyAnswer | undefined>,
    routing: (targets, exchange) =>
      (points.routing.isUsed() ? call(points.routing, targets, exchange) : targets) as MaybePromise<
        readonly Target[]
      >,
    guardInput: (content, exchange) =>
      call(points.guardInput, content, exchange) as MaybePromise<Verdict | undefined>,
    guardOutput: (content, exchange) =>
      call(points.guardOutput, content, exchange) as MaybePromise<Verdict | undefined>,
    postResponse: (finished) => call(points.postResponse, finished) as MaybePromise<void>,
    usage: (record) => call(points.usage, record) as MaybePromise<void>,
    isUsed: (name) => points[name].isUsed(),
    tap(plugin, handlers, { isExplained } = { isExplained: true }) {
      for (const [name, entry] of Object.entries(handlers)) {
        if (!entry) continue
        const { order, handler } =
          typeof entry === 'function' ? { order: 'normal' as const, handler: entry } : entry
        const isObserver = OBSERVERS.has(name)
        const tapped = wrap({
          plugin,
          hookName: name,
          handler: handler as Handler,
          isExplained: isExplained && !isObserver,
          onFault: isObserver ? logFault(log, plugin) : (fault) => fault,
        })
        points[name as keyof HookPoints].tapAsync({ name: plugin, stage: STAGE[order] }, tapped)
      }
    },
  }
}

/** Runs a hook, and returns its result at once when no handler needed to wait. */
function call(hook: TapableHook, first: unknown, exchange?: Exchange): MaybePromise<unknown> {
  if (!hook.isUsed()) return undefined
  let isSettled = false
  let failure = null as Error | null
  let value: unknown
  let wake: (() => void) | undefined
  const settle: Callback = (error, result) => {
    isSettled = true
    failure = error ?? null
    value = result
    wake?.()
  }
  if (exchange) hook.callAsync(first, exchange, settle)
  else hook.callAsync(first, settle)
  if (isSettled) return failure ? Promise.reject(failure) : value
  return new Promise((resolve, reject) => {
    wake = () => (failure ? reject(failure) : resolve(value))
  })
}

interface Tapped {
  readonly plugin: string
  readonly hookName: string
  readonly handler: Handler
  readonly isExplained: boolean
  readonly onFault: (fault: GatewayError) => Error | null
}

/** One handler as tapable wants it: timed, its faults named, its decision noted. */
function wrap(tapped: Tapped): (...args: never[]) => void {
  return TWO_ARGUMENTS.has(tapped.hookName)
    ? (first: unknown, exchange: unknown, callback: Callback) =>
        run(tapped, callback, first, exchange)
    : (first: unknown, callback: Callback) => run(tapped, callback, first, undefined)
}

/** One run of one handler. */
interface HandlerRun {
  readonly tapped: Tapped
  readonly callback: Callback
  readonly first: unknown
  /** Where to note what it decides, when somebody asked for that. */
  readonly explain: Explain | undefined
  readonly startedMark: number
}

/** All handlers of all requests come by here: those that need not wait make no closures. */
function run(tapped: Tapped, callback: Callback, first: unknown, exchange: unknown): void {
  const asked = tapped.isExplained ? ((exchange ?? first) as Exchange).explain : undefined
  const explain = asked?.isKept ? asked : undefined
  const startedMark = explain ? performance.now() : 0
  const handled: HandlerRun = { tapped, callback, first, explain, startedMark }
  let result: unknown
  try {
    result = tapped.handler(first, exchange)
  } catch (error) {
    return fail(handled, error)
  }
  if (!(result instanceof Promise)) return succeed(handled, result)
  void result.then(
    (value) => succeed(handled, value),
    (error: unknown) => fail(handled, error),
  )
}

function succeed(
  { tapped, callback, first, explain, startedMark }: HandlerRun,
  result: unknown,
): void {
  const { plugin, hookName } = tapped
  explain?.add(plugin, hookName, microsSince(startedMark), decisionOf(hookName, result))
  callback(null, settleResult(hookName, first, result))
}

function fail({ tapped, callback, explain, startedMark }: HandlerRun, error: unknown): void {
  const { plugin, hookName, onFault } = tapped
  const fault = nameFault(error, plugin, hookName)
  explain?.add(plugin, hookName, microsSince(startedMark), `refused: ${fault.code}`)
  callback(onFault(fault))
}

function microsSince(mark: number): number {
  return (performance.now() - mark) * 1000
}

/** What goes back to tapable: a guard's redaction is applied here, so that the next guard reads it. */
function settleResult(hookName: string, first: unknown, result: unknown): unknown {
  if (result === null || result === undefined) return undefined
  if (hookName !== 'guardInput' && hookName !== 'guardOutput') return result
  const verdict = result as Verdict
  if (!verdict.passed) return verdict
  if (verdict.replacements && first instanceof EditableContent) first.apply(verdict.replacements)
  return undefined
}

function decisionOf(hookName: string, result: unknown): string | readonly Target[] | undefined {
  if (result === undefined || result === null) return undefined
  if (hookName === 'routing') return result as readonly Target[]
  if (hookName === 'preRoute') return 'answered'
  return describeVerdict(result as Verdict)
}

function describeVerdict({ passed, replacements }: Verdict): string {
  if (!passed) return 'blocked'
  return replacements?.size ? `redacted ${replacements.size}` : 'passed'
}

function nameFault(error: unknown, plugin: string, hookName: string): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError('plugin_error', `Plugin "${plugin}" failed in ${hookName}.`, {
    cause: error,
    details: { plugin, hook: hookName },
  })
}

/** An observer's fault reaches nobody but the log, which gets its message and not what it carries. */
function logFault(log: Logger, plugin: string): (fault: GatewayError) => null {
  return (fault) => {
    const { cause } = fault
    const because = cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined
    log.error(fault.message, { plugin, because })
    return null
  }
}
