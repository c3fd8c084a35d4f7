import { isReadyLine, readAnswer, type Answer } from './answer.ts'
import type { Launch } from './launch.ts'
import type { ScriptLimits } from './limits.ts'
import { spawnSandbox } from './spawn-sandbox.ts'
import { createWatch } from './watchdog.ts'

/** A job as a sandbox is given it. */
export interface SandboxJob {
  readonly source: string
  /** `{ args, seed }` */
  readonly callJson: string
  readonly timeoutMs: number
}

export interface SandboxAnswer extends Answer {
  /** The sandbox did not outlive the job. */
  readonly wasKilled: boolean
  readonly micros: number
}

/** One sandbox: a process that does one job at a time, under watch, and that nobody believes. */
export interface SandboxProcess {
  readonly state: 'starting' | 'idle' | 'busy' | 'gone'
  /** Jobs given to it so far. */
  readonly jobs: number
  /** Resolves to whether it came up. */
  readonly started: Promise<boolean>
  /** Resolves as soon as it takes no more jobs. */
  readonly gone: Promise<void>
  /** Resolves when the process has ended. */
  readonly exited: Promise<void>
  /** For an idle sandbox only. Always resolves: a sandbox that fails is an answer too. */
  run(job: SandboxJob): Promise<SandboxAnswer>
  kill(): void
}

interface OpenJob {
  readonly id: number
  readonly startedAt: number
  readonly resolve: (answer: SandboxAnswer) => void
}

const NEWLINE = 10
/** An answer is a result and a little around it; nothing longer is read. */
const ENVELOPE_BYTES = 4096

/** Starts a sandbox. */
export function startSandbox(launch: Launch, limits: ScriptLimits): SandboxProcess {
  const started = Promise.withResolvers<boolean>()
  const gone = Promise.withResolvers<void>()
  const exited = Promise.withResolvers<void>()
  let state: SandboxProcess['state'] = 'starting'
  let jobs = 0
  let open: OpenJob | undefined
  let unread: Buffer[] = []
  let unreadBytes = 0

  const child = spawnSandbox(launch)
  const watch = createWatch(child.pid, condemn)
  const startTimer = setTimeout(kill, limits.startMs)
  child.on('error', leave)
  child.on('exit', leave)
  child.stdout?.on('data', read)

  function read(bytes: Buffer): void {
    if (state === 'gone') return
    unread.push(bytes)
    unreadBytes += bytes.length
    if (unreadBytes > limits.resultBytes + ENVELOPE_BYTES) return condemn('crashed')
    const end = bytes.indexOf(NEWLINE)
    if (end < 0) return
    if (end !== bytes.length - 1) return condemn('crashed')
    const line = Buffer.concat(unread).toString()
    unread = []
    unreadBytes = 0
    readLine(line)
  }

  function readLine(line: string): void {
    if (state === 'starting' && isReadyLine(line)) {
      clearTimeout(startTimer)
      state = 'idle'
      return started.resolve(true)
    }
    const answer = open && readAnswer(line, open.id)
    if (!answer) return condemn('crashed')
    state = 'idle'
    settle({ ...answer, wasKilled: false })
  }

  function run(job: SandboxJob): Promise<SandboxAnswer> {
    state = 'busy'
    const id = ++jobs
    const { promise, resolve } = Promise.withResolvers<SandboxAnswer>()
    watch.begin({
      cpuMs: job.timeoutMs + limits.cpuGraceMs,
      wallMs: job.timeoutMs + limits.wallGraceMs,
      memoryMb: limits.processMemoryMb,
    })
    open = { id, startedAt: performance.now(), resolve }
    const { timeoutMs, source, callJson } = job
    const head = JSON.stringify({ id, timeoutMs, source })
    child.stdin?.write(`${head}\n[${callJson}]\n`)
    return promise
  }

  function condemn(reason: keyof typeof EPITAPHS): void {
    kill()
    settle({
      verdict: { ok: false, reason, message: EPITAPHS[reason] },
      cpuMs: Number.POSITIVE_INFINITY,
      wasKilled: true,
    })
  }

  function settle(answer: Omit<SandboxAnswer, 'micros'>): void {
    if (!open) return
    const { startedAt, resolve } = open
    open = undefined
    watch.end()
    resolve({ ...answer, micros: Math.round((performance.now() - startedAt) * 1000) })
  }

  function kill(): void {
    state = 'gone'
    clearTimeout(startTimer)
    unread = []
    child.stdin?.destroy()
    child.stdout?.destroy()
    child.kill('SIGKILL')
    started.resolve(false)
    gone.resolve()
  }

  function leave(): void {
    condemn('crashed')
    exited.resolve()
  }

  return {
    get state() {
      return state
    },
    get jobs() {
      return jobs
    },
    started: started.promise,
    gone: gone.promise,
    exited: exited.promise,
    run,
    kill,
  }
}

/** What is said of a job whose sandbox had to go. */
const EPITAPHS = {
  timeout: 'The script ran too long and could not be interrupted; its sandbox was killed.',
  memory: 'The script used too much memory; its sandbox was killed.',
  crashed: 'The script brought its sandbox down.',
}
