import { createFairQueue } from './fair-queue.ts'
import type { ScriptLimits } from './limits.ts'
import type { ScriptFailure } from './outcome.ts'
import { createPool } from './pool.ts'
import type { SandboxAnswer, SandboxJob, SandboxProcess } from './sandbox-process.ts'

/** A job on its way to a sandbox. */
export interface LaneJob extends Omit<SandboxJob, 'timeoutMs'> {
  readonly tenant: string
  readonly signal?: AbortSignal | undefined
}

/** What became of it; a failure of the lane's own, such as `busy`, cost the sandbox nothing. */
export type LaneAnswer = Pick<SandboxAnswer, 'verdict' | 'micros' | 'wasKilled'>

/** A queue that is fair to tenants, and the sandboxes behind it. */
export interface Lane {
  /** Processes that have not ended. */
  readonly children: number
  /** Resolves to an answer or to why there is none; rejects with the signal's reason only. */
  run(job: LaneJob): Promise<LaneAnswer>
  stop(): Promise<void>
}

export interface LaneOptions {
  readonly processes: number
  readonly queuePerTenant: number
  readonly queueLength: number
  /** Jobs of one tenant that may run at the same time. */
  readonly runningPerTenant: number
  readonly recycleAfterJobs: number
  readonly limits: ScriptLimits
  readonly start: () => SandboxProcess
}

interface Waiting {
  readonly job: LaneJob
  readonly since: number
  readonly settle: (answer: LaneAnswer) => void
  timer?: NodeJS.Timeout
}

/** A job out of time that had less than this part of it on a CPU is tried again, with more of it. */
const STARVED_SHARE = 0.8
const LONGEST_PATIENCE = 8
/** How long nothing is tried after a sandbox that did not start. */
const START_PAUSE_MS = 5000

/** Makes a lane; no process is started before the first job. */
export function createLane(options: LaneOptions): Lane {
  const { limits } = options
  const running = new Map<string, number>()
  const queue = createFairQueue<Waiting>({
    perTenant: options.queuePerTenant,
    total: options.queueLength,
  })
  const pool = createPool({
    size: options.processes,
    recycleAfterJobs: options.recycleAfterJobs,
    idleMs: limits.idleMs,
    start: options.start,
    onReady: dispatch,
    onStartFailure: giveUp,
  })
  let pausedUntil = 0
  let isStopped = false

  function run(job: LaneJob): Promise<LaneAnswer> {
    if (isStopped) return Promise.resolve(unavailable(STOPPED))
    const pauseMs = Math.ceil(pausedUntil - performance.now())
    if (pauseMs > 0) return Promise.resolve(unavailable(NOT_STARTED, pauseMs))
    const { promise, resolve, reject } = Promise.withResolvers<LaneAnswer>()
    const waiting: Waiting = { job, since: performance.now(), settle }
    function settle(answer: LaneAnswer): void {
      clearTimeout(waiting.timer)
      job.signal?.removeEventListener('abort', leave)
      resolve(answer)
    }
    function leave(): void {
      queue.remove(job.tenant, waiting)
      clearTimeout(waiting.timer)
      reject(job.signal?.reason)
    }
    if (!queue.push(job.tenant, waiting)) return Promise.resolve(busy())
    job.signal?.addEventListener('abort', leave, { once: true })
    waiting.timer = setTimeout(expire, limits.queueWaitMs, waiting)
    dispatch()
    return promise
  }

  function dispatch(): void {
    while (queue.has(mayRun)) {
      const sandbox = pool.claim()
      const next = sandbox && queue.take(mayRun)
      if (!next) return
      clearTimeout(next.timer)
      void perform(sandbox, next)
    }
  }

  function mayRun(tenant: string): boolean {
    return (running.get(tenant) ?? 0) < options.runningPerTenant
  }

  async function perform(sandbox: SandboxProcess, { job, settle }: Waiting): Promise<void> {
    const { tenant } = job
    running.set(tenant, (running.get(tenant) ?? 0) + 1)
    const answer = await attempt(sandbox, job)
    const left = (running.get(tenant) ?? 1) - 1
    if (left > 0) running.set(tenant, left)
    else running.delete(tenant)
    pool.release(sandbox)
    settle(isStopped && answer.wasKilled ? unavailable(STOPPED) : answer)
    dispatch()
  }

  /** A sandbox's clock goes on while a busy machine lets it wait, so a script may run out of time it never had. */
  async function attempt(
    sandbox: SandboxProcess,
    job: LaneJob,
    timeoutMs = limits.timeoutMs,
  ): Promise<LaneAnswer> {
    const answer = await sandbox.run({ ...job, timeoutMs })
    const isTimeout = !answer.verdict.ok && answer.verdict.reason === 'timeout'
    const wasStarved = isTimeout && answer.cpuMs < limits.timeoutMs * STARVED_SHARE
    const mayRetry = timeoutMs < limits.timeoutMs * LONGEST_PATIENCE && sandbox.state === 'idle'
    return wasStarved && mayRetry ? attempt(sandbox, job, timeoutMs * 2) : answer
  }

  function expire(waiting: Waiting): void {
    const waitedMs = performance.now() - waiting.since
    if (!pool.hasStarted && waitedMs < limits.startMs) {
      waiting.timer = setTimeout(expire, limits.queueWaitMs, waiting)
      return
    }
    queue.remove(waiting.job.tenant, waiting)
    waiting.settle(busy())
  }

  function giveUp(): void {
    pausedUntil = performance.now() + START_PAUSE_MS
    for (const waiting of queue.drain()) waiting.settle(unavailable(NOT_STARTED, START_PAUSE_MS))
  }

  function busy(): LaneAnswer {
    const message = 'Too many router scripts wait for a sandbox.'
    return failure({ ok: false, reason: 'busy', message, retryAfterMs: limits.queueWaitMs })
  }

  return {
    get children() {
      return pool.children
    },
    run,
    async stop() {
      isStopped = true
      for (const waiting of queue.drain()) waiting.settle(unavailable(STOPPED))
      await pool.stop()
    },
  }
}

const STOPPED = 'The sandboxes of router scripts were stopped.'
const NOT_STARTED = 'No sandbox for router scripts could be started.'

function unavailable(message: string, retryAfterMs?: number): LaneAnswer {
  return failure({
    ok: false,
    reason: 'unavailable',
    message,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

function failure(verdict: ScriptFailure): LaneAnswer {
  return { verdict, micros: 0, wasKilled: false }
}
