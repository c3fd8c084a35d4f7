import { GatewayError } from '../errors.ts'
import type { GuardContent, GuardContext, Verdict } from '../guard.ts'
import type { Lifetime } from '../lifetime.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { ActiveGuard } from './active-guard.ts'
import type { Finding } from './finding.ts'

const DEFAULT_TIMEOUT_MS = 10_000

/** Lets a guard read the content: timed, limited. Returns without a promise when the guard does. */
export function runGuard(
  active: ActiveGuard,
  content: GuardContent,
  exchange: LiveExchange,
  batch?: Lifetime,
): MaybePromise<Finding> {
  const startedMark = performance.now()
  const scope = new CheckScope(active, exchange)
  const found = (verdict: Verdict | undefined, fault?: string): Finding => ({
    active,
    verdict,
    fault,
    micros: (performance.now() - startedMark) * 1000,
  })
  const failed = (error: unknown): Finding => {
    if (isAboutParameters(error, active)) throw error
    return found(undefined, faultName(error))
  }
  let verdict: MaybePromise<Verdict | undefined>
  try {
    verdict = active.rule.check(content, scope)
  } catch (error) {
    return failed(error)
  }
  // A guard of plain JavaScript may well return null.
  if (!(verdict instanceof Promise)) return found(verdict ?? undefined)

  return waitFor(verdict, { active, exchange, batch, scope, found, failed })
}

interface Waiting {
  readonly active: ActiveGuard
  readonly exchange: LiveExchange
  readonly batch: Lifetime | undefined
  readonly scope: CheckScope
  readonly found: (verdict: Verdict | undefined, fault?: string) => Finding
  readonly failed: (error: unknown) => Finding
}

/** Waits for a verdict until its time is over, the exchange ends, or another guard has decided. */
function waitFor(verdict: Promise<Verdict | undefined>, waiting: Waiting): Promise<Finding> {
  const { active, exchange, batch, scope, found, failed } = waiting
  const { timeoutMs = DEFAULT_TIMEOUT_MS } = active.guard
  return new Promise<Finding>((resolve, reject) => {
    const releases: (() => void)[] = []
    const timer = setTimeout(() => end(() => resolve(found(undefined, 'timed_out'))), timeoutMs)
    releases.push(() => clearTimeout(timer))
    function end(settle: () => void): void {
      for (const release of releases.splice(0)) release()
      scope.end()
      settle()
    }
    verdict.then(
      (value) => end(() => resolve(found(value ?? undefined))),
      (error: unknown) =>
        end(() => {
          try {
            resolve(failed(error))
          } catch (fault) {
            reject(fault as Error)
          }
        }),
    )
    // Both call back at once when they are over already.
    releases.push(exchange.life.onEnd(() => end(() => reject(exchange.life.reason))))
    if (batch) releases.push(batch.onEnd(() => end(() => resolve(found(undefined, 'not_needed')))))
  })
}

/** What a guard is told. The signal is made only when it asks for one. */
class CheckScope implements GuardContext {
  readonly parameters: GuardContext['parameters']
  readonly exchange: LiveExchange
  #controller: AbortController | undefined
  #isOver = false

  constructor(active: ActiveGuard, exchange: LiveExchange) {
    this.parameters = active.parameters
    this.exchange = exchange
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#isOver) this.#controller.abort()
    return this.#controller.signal
  }

  /** The verdict is there, or nobody waits for it any more. */
  end(): void {
    this.#isOver = true
    this.#controller?.abort()
  }
}

/** Only code that reads the parameters itself finds fault with them this late. */
function isAboutParameters(error: unknown, { guard }: ActiveGuard): boolean {
  if (guard.settings || !(error instanceof GatewayError)) return false
  return error.code === 'invalid_parameter'
}

function faultName(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return 'timed_out'
  return error instanceof GatewayError ? error.code : error.name
}
