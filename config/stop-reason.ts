import type { Logger } from '../core/logger.ts'

/** Why a gateway stops. */
export interface StopReason {
  readonly kind: 'signal' | 'fault'
}

const LOOK_FOR_PARENT_MS = 250

/**
 * Waits for a signal to stop, or for a fault that nobody caught, which is logged. From then on
 * another one ends the process at once.
 */
export function stopReason(log: Logger): Promise<StopReason> {
  const { promise, resolve } = Promise.withResolvers<StopReason>()
  let isStopping = false

  function stop(kind: StopReason['kind']): void {
    if (isStopping) process.exit(1)
    isStopping = true
    resolve({ kind })
  }

  function report(fault: unknown): void {
    const stack = fault instanceof Error ? fault.stack : String(fault)
    log.error('A fault was caught by nobody: the gateway stops.', { stack })
    stop('fault')
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop('signal'))
  process.on('uncaughtException', report)
  process.on('unhandledRejection', report)
  void afterShellOfNpm().then(() => {
    if (!isStopping) stop('signal')
  })
  return promise
}

/** npm gives SIGTERM to the shell it runs scripts with, which then ends and tells nobody. */
function afterShellOfNpm(): Promise<void> {
  return new Promise((resolve) => {
    if (process.env['npm_lifecycle_event'] === undefined) return
    const shell = process.ppid
    const look = (): void => {
      if (process.ppid === shell) return
      clearInterval(timer)
      resolve()
    }
    const timer = setInterval(look, LOOK_FOR_PARENT_MS).unref()
  })
}
