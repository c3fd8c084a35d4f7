import { availableParallelism } from 'node:os'

/** What a script may use, how long it may wait, and how many processes serve it. */
export interface ScriptLimits {
  readonly sourceBytes: number
  /** Of the arguments as JSON. */
  readonly argumentBytes: number
  /** Of the result as JSON. */
  readonly resultBytes: number
  readonly timeoutMs: number
  /** V8's heap for one script. Determined scripts get at a multiple of it, up to `processMemoryMb`. */
  readonly memoryMb: number

  /** CPU time beyond the timeout after which a script that cannot be interrupted is killed. */
  readonly cpuGraceMs: number
  /** Time beyond the timeout after which a sandbox is killed, CPU or no CPU; wide, as machines have busy moments. */
  readonly wallGraceMs: number
  /** Resident memory beyond which a sandbox is killed. */
  readonly processMemoryMb: number
  /** How long a sandbox may take to start. */
  readonly startMs: number

  /** Sandboxes for scripts that succeeded before. */
  readonly provenProcesses: number
  /** Sandboxes for scripts that nobody has seen run yet. */
  readonly probationProcesses: number

  readonly provenQueuePerTenant: number
  readonly probationQueuePerTenant: number
  /** Jobs that wait for one kind of sandbox, all tenants taken together. */
  readonly queueLength: number
  /** Calls that wait for one of the operator's scripts, all tenants taken together. */
  readonly residentQueueLength: number
  readonly queueWaitMs: number

  /** Sandboxes without work for this long are stopped. */
  readonly idleMs: number
  /** Calls after which a sandbox makes way for a new one. */
  readonly recycleAfterJobs: number

  /** First ban of a script that brought a sandbox down; each further one doubles it. */
  readonly scriptBanMs: number
  readonly longestScriptBanMs: number
  /** A tenant is banned after so many kills within `tenantBanMs`, for as long. */
  readonly killsPerTenant: number
  readonly tenantBanMs: number
}

/** Limits that a gateway open to strangers can live with. */
export const defaultScriptLimits: ScriptLimits = {
  sourceBytes: 64 * 1024,
  argumentBytes: 2 * 1024 * 1024,
  resultBytes: 16 * 1024,
  timeoutMs: 50,
  memoryMb: 16,

  cpuGraceMs: 100,
  wallGraceMs: 1000,
  processMemoryMb: 256,
  startMs: 10_000,

  provenProcesses: Math.max(1, Math.floor(availableParallelism() / 4)),
  // One takes over while the other, whose script had to be killed, is replaced.
  probationProcesses: 2,

  provenQueuePerTenant: 32,
  // The first sandbox takes a while to start, and a new script may be asked for at once by many.
  probationQueuePerTenant: 16,
  queueLength: 256,
  residentQueueLength: 1024,
  queueWaitMs: 250,

  idleMs: 5 * 60_000,
  recycleAfterJobs: 500,

  scriptBanMs: 60_000,
  longestScriptBanMs: 60 * 60_000,
  killsPerTenant: 3,
  tenantBanMs: 60_000,
}

/** The limits that a config may set, as the schema of an option; the others follow from the machine. */
export const limitsSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'What router scripts may use. Without it: limits that strangers can be let in with.',
  properties: {
    timeoutMs: { type: 'integer', minimum: 1, maximum: 60_000, description: '50' },
    memoryMb: { type: 'integer', minimum: 8, maximum: 128, description: 'V8 heap of a script; 16' },
    sourceBytes: { type: 'integer', minimum: 1, description: '64 KiB' },
    argumentBytes: { type: 'integer', minimum: 1024, description: 'As JSON; 2 MiB' },
    resultBytes: { type: 'integer', minimum: 64, description: 'As JSON; 1 MiB' },
    processes: {
      type: 'integer',
      minimum: 1,
      maximum: 64,
      description: 'Sandboxes for scripts of requests, beside one for those never seen before',
    },
    queueLength: { type: 'integer', minimum: 1, description: 'Calls that wait for a sandbox; 256' },
    queueWaitMs: { type: 'integer', minimum: 1, description: 'How long they wait; 250' },
  },
} as const

/** `limitsSchema` as it was written. */
export interface WrittenLimits {
  readonly timeoutMs?: number | undefined
  readonly memoryMb?: number | undefined
  readonly sourceBytes?: number | undefined
  readonly argumentBytes?: number | undefined
  readonly resultBytes?: number | undefined
  readonly processes?: number | undefined
  readonly queueLength?: number | undefined
  readonly queueWaitMs?: number | undefined
}

/** So that a script may return the whole request it was given. */
const RESULT_BYTES = 1024 * 1024

/** The limits of a gateway whose config says this of them. */
export function limitsFrom(written: WrittenLimits = {}): ScriptLimits {
  const own = defaultScriptLimits
  return {
    ...own,
    timeoutMs: written.timeoutMs ?? own.timeoutMs,
    memoryMb: written.memoryMb ?? own.memoryMb,
    sourceBytes: written.sourceBytes ?? own.sourceBytes,
    argumentBytes: written.argumentBytes ?? own.argumentBytes,
    resultBytes: written.resultBytes ?? RESULT_BYTES,
    provenProcesses: written.processes ?? own.provenProcesses,
    queueLength: written.queueLength ?? own.queueLength,
    residentQueueLength: written.queueLength ?? own.residentQueueLength,
    queueWaitMs: written.queueWaitMs ?? own.queueWaitMs,
  }
}
