import type { Logger } from '../core/logger.ts'

/** Why a gateway stops. */
export interface StopReason {
  readonly kind: 'signal' | 'fault'
}

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
  return promise
}
