import { setTimeout as sleep } from 'node:timers/promises'

import type { Child } from '../children.ts'

const readyTimeoutMs = 45_000
const pauseMs = 100

/** Waits until a GET of a child's address is answered with 200; throws when the child ends or takes too long. */
export async function waitReady(child: Child, url: string): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs
  let lastAnswer = 'nothing'
  while (performance.now() < deadline) {
    child.assertRunning()
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(1_000) })
      await response.body?.cancel()
      if (response.status === 200) return
      lastAnswer = `status ${response.status}`
    } catch {
      // It does not listen yet.
    }
    await sleep(pauseMs)
  }
  throw new Error(
    `${child.name} was not ready within ${readyTimeoutMs / 1_000} s; ${url} answered ${lastAnswer}.`,
  )
}
