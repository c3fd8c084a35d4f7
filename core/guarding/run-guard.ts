import { GatewayError } from '../errors.ts'
import type { LiveExchange } from '../exchange.ts'
import type { GuardContent, GuardContext, Verdict } from '../guard.ts'
import type { MaybePromise } from '../hooks.ts'
import type { Lifetime } from '../lifetime.ts'
import type { ActiveGuard } from './active-guard.ts'

/** What one guard made of one content. */
export interface Finding {
  readonly active: ActiveGuard
  readonly verdict: Verdict | undefined
  /** Why it could not judge: `timed_out`, or the name of the error, never its message. */
  readonly fault: string | undefined
  readonly micros: number
}

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

  const waiting = verdict
  return new Promise<Finding>((resolve, reject) => {
    const { timeoutMs = DEFAULT_TIMEOUT_MS } = active.guard
    const timer = setTimeout(() => end(() => resolve(found(undefined, 'timed_out'))), timeoutMs)
    const stopListening = exchange.life.onEnd(() => end(() => reject(exchange.life.reason)))
    const stopWaiting = batch?.onEnd(() => end(() => resolve(found(undefined, 'not_needed'))))
    function end(settle: () => void): void {
      clearTimeout(timer)
      stopListening()
      stopWaiting?.()
      scope.end()
      settle()
    }
    waiting.then(
      (value) => end(() => resolve(found(value ?? undefined))),
      (error: unknown) => {
        try {
          const finding = failed(error)
          end(() => resolve(finding))
        } catch {
          end(() => reject(error as Error))
        }
      },
    )
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
