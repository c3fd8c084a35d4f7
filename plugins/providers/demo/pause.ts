import { setTimeout as sleep } from 'node:timers/promises'

/** Waits, unless the signal has a reason not to: then that reason is thrown at once. */
export async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (durationMs === 0) return
  try {
    await sleep(durationMs, undefined, { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  }
}
