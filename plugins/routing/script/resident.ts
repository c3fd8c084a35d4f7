import { readVerdict } from './answer.ts'
import type { Launch } from './launch.ts'
import type { ScriptLimits } from './limits.ts'
import type { ScriptFailure, ScriptFailureReason, ScriptOutcome } from './outcome.ts'
import { startResidentProcess, type Ending, type ResidentProcess } from './resident-process.ts'
import type { Allowance } from './watchdog.ts'

/** A script of the operator's in a process of its own, which keeps its context from call to call. */
export interface ResidentScript {
  /** Resolves when it takes calls, or to the reason why it does not. */
  readonly ready: Promise<ScriptFailure | undefined>
  /** Always resolves: a fault is an outcome too. */
  run(call: ResidentCall): Promise<ScriptOutcome>
  stop(): Promise<void>
}

export interface ResidentCall {
  /** Crosses as JSON. */
  readonly args: object
  /** Of `random`. */
  readonly seed: string
}

export interface ResidentParts {
  readonly source: string
  readonly launch: Launch
  readonly limits: ScriptLimits
  /** `models` and `metrics` as JSON: sent when it is another text than before. */
  readonly kept: () => string
}

interface Waiting {
  readonly json: string
  readonly since: number
  readonly settle: (outcome: ScriptOutcome) => void
  /** It was among calls that failed together, and is now asked by itself. */
  isAlone: boolean
}

/** One is computed while the next lies in the pipe. */
const MOST_BATCHES = 2
const MOST_CALLS = 32
/** How long nothing is tried after a process that did not start. */
const START_PAUSE_MS = 5000
const LINE_ENVELOPE_BYTES = 64 * 1024
const BYTES_PER_CHARACTER = 3

/**
 * Starts the process of a script. The calls of one turn of the event loop go over in one line; when they fail
 * together each is asked again by itself, so that nobody fails for somebody else's request.
 */
export function startResident({ source, launch, limits, kept }: ResidentParts): ResidentScript {
  const ready = Promise.withResolvers<ScriptFailure | undefined>()
  const waiting: Waiting[] = []
  const open: Waiting[][] = []
  const allowance: Allowance = {
    cpuMs: limits.timeoutMs + limits.cpuGraceMs,
    wallMs: limits.timeoutMs + limits.wallGraceMs,
    memoryMb: limits.processMemoryMb,
  }
  let resident: ResidentProcess | undefined
  let isUp = false
  let sentKept: string | undefined
  let isScheduled = false
  let expiry: NodeJS.Timeout | undefined
  let pause: { readonly fault: ScriptFailure; readonly until: number } | undefined
  let isStopped = false

  start()

  function start(): void {
    isUp = false
    sentKept = undefined
    const longestLine = MOST_CALLS * limits.resultBytes * BYTES_PER_CHARACTER + LINE_ENVELOPE_BYTES
    resident = startResidentProcess(launch, longestLine, { onLine, onGone })
    resident.write(JSON.stringify({ source, timeoutMs: limits.timeoutMs }))
    const { startMs: wallMs, processMemoryMb: memoryMb } = limits
    resident.watch.begin({ cpuMs: wallMs, wallMs, memoryMb })
  }

  function run(call: ResidentCall): Promise<ScriptOutcome> {
    if (isStopped) return refuse('unavailable', STOPPED)
    if (pause && pause.until > performance.now()) return Promise.resolve(pause.fault)
    const json = JSON.stringify(call)
    if (json.length > limits.argumentBytes) {
      return refuse('arguments_too_large', `The arguments are longer than ${limits.argumentBytes}.`)
    }
    if (waiting.length >= limits.residentQueueLength) {
      return refuse('busy', BUSY, limits.queueWaitMs)
    }
    // It could not be started, some while ago.
    if (!resident) start()
    return new Promise((resolve) => {
      waiting.push({ json, since: performance.now(), settle: resolve, isAlone: false })
      schedule()
    })
  }

  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(flush)
  }

  function flush(): void {
    isScheduled = false
    while (isUp && open.length < MOST_BATCHES && waiting.length > 0) send(takeBatch())
    if (waiting.length > 0) expiry ??= setTimeout(expire, limits.queueWaitMs)
  }

  function takeBatch(): Waiting[] {
    const alone = waiting.findIndex(({ isAlone }) => isAlone)
    const count = alone === 0 ? 1 : Math.min(alone < 0 ? MOST_CALLS : alone, MOST_CALLS)
    return waiting.splice(0, count)
  }

  function send(batch: Waiting[]): void {
    const nowKept = kept()
    if (nowKept !== sentKept) resident?.write(`K${nowKept}`)
    sentKept = nowKept
    resident?.write(`C[${batch.map(({ json }) => json).join(',')}]`)
    open.push(batch)
    if (open.length === 1) watchOldest()
  }

  function watchOldest(): void {
    if (open.length > 0) resident?.watch.begin(allowance)
    else resident?.watch.end()
  }

  function onLine(line: string): void {
    if (!isUp) return welcome(line)
    const [batch] = open
    const verdicts = readVerdicts(line)
    const isForAll = verdicts?.length === 1
    if (!batch || !verdicts || (verdicts.length !== batch.length && !isForAll)) {
      return resident?.kill('crashed')
    }
    open.shift()
    watchOldest()
    if (isForAll && batch.length > 1) splitUp(batch)
    else for (const [index, call] of batch.entries()) settle(call, verdicts[index])
    flush()
  }

  function settle({ settle: tell, since }: Waiting, verdict: Verdict | undefined): void {
    if (!verdict) tell(failure('crashed', EPITAPHS.crashed))
    else tell(verdict.ok ? { ...verdict, micros: microsSince(since) } : verdict)
  }

  function welcome(line: string): void {
    const fault = readFault(line)
    resident?.watch.end()
    if (fault === undefined) return resident?.kill('crashed')
    if (fault !== null) return giveUp(fault)
    isUp = true
    ready.resolve(undefined)
    flush()
  }

  function splitUp(batch: readonly Waiting[]): void {
    for (const call of batch) call.isAlone = true
    waiting.unshift(...batch)
  }

  function onGone(ending: Ending): void {
    resident = undefined
    if (isStopped) return
    if (!isUp) return giveUp(failure('unavailable', NOT_STARTED, START_PAUSE_MS))
    const [oldest = [], ...others] = open.splice(0)
    waiting.unshift(...others.flat())
    if (oldest.length === 1) oldest[0]?.settle(failure(ending, EPITAPHS[ending]))
    else splitUp(oldest)
    start()
    schedule()
  }

  /** There is no point in starting it again at once. */
  function giveUp(fault: ScriptFailure): void {
    ready.resolve(fault)
    pause = { fault, until: performance.now() + START_PAUSE_MS }
    for (const { settle } of waiting.splice(0)) settle(fault)
    const ended = resident
    resident = undefined
    ended?.kill('crashed')
  }

  /** Who waits for a process to start may wait longer. */
  function expire(): void {
    expiry = undefined
    const patienceMs = isUp ? limits.queueWaitMs : limits.startMs
    const latest = performance.now() - patienceMs
    while (waiting[0] && waiting[0].since <= latest) {
      waiting.shift()?.settle(failure('busy', BUSY, limits.queueWaitMs))
    }
    if (waiting.length > 0) expiry = setTimeout(expire, limits.queueWaitMs)
  }

  return {
    ready: ready.promise,
    run,
    async stop() {
      isStopped = true
      clearTimeout(expiry)
      const ended = resident
      for (const { settle } of [...open.splice(0).flat(), ...waiting.splice(0)]) {
        settle(failure('unavailable', STOPPED))
      }
      ready.resolve(failure('unavailable', STOPPED))
      ended?.kill('crashed')
      await ended?.exited
    },
  }
}

const STOPPED = 'The sandbox of this router script was stopped.'
const NOT_STARTED = 'The sandbox of this router script could not be started.'
const BUSY = 'Too many requests wait for this router script.'

/** What is said of a call whose process had to go. */
const EPITAPHS: Readonly<Record<Ending, string>> = {
  timeout: 'The script ran too long and could not be interrupted; its sandbox was killed.',
  memory: 'The script used too much memory; its sandbox was killed.',
  crashed: 'The script brought its sandbox down.',
}

function failure(
  reason: ScriptFailureReason,
  message: string,
  retryAfterMs?: number,
): ScriptFailure {
  return { ok: false, reason, message, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

function refuse(...reason: Parameters<typeof failure>): Promise<ScriptOutcome> {
  return Promise.resolve(failure(...reason))
}

function microsSince(mark: number): number {
  return Math.round((performance.now() - mark) * 1000)
}

type Verdict = NonNullable<ReturnType<typeof readVerdict>>

/** One for each call, or for all; undefined in the list for what is no verdict. */
function readVerdicts(line: string): readonly (Verdict | undefined)[] | undefined {
  const verdicts = parse(line)
  return Array.isArray(verdicts) ? verdicts.map(readVerdict) : undefined
}

/** Why the script can not be loaded; null when it can, undefined for a line that says neither. */
function readFault(line: string): ScriptFailure | null | undefined {
  const greeting = parse(line)
  if (typeof greeting !== 'object' || greeting === null || !('fault' in greeting)) return undefined
  if (greeting.fault === null) return null
  const verdict = readVerdict(greeting.fault)
  return verdict?.ok === false ? verdict : undefined
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
