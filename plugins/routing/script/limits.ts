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
  /** Sandboxes for the operator's scripts. */
  readonly operatorProcesses: number

  readonly provenQueuePerTenant: number
  readonly probationQueuePerTenant: number
  /** Jobs that wait for one kind of sandbox, all tenants taken together. */
  readonly queueLength: number
  /** The same for the operator's scripts, where no tenant has a limit of its own. */
  readonly operatorQueueLength: number
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
  argumentBytes: 1024 * 1024,
  resultBytes: 16 * 1024,
  timeoutMs: 50,
  memoryMb: 16,

  cpuGraceMs: 100,
  wallGraceMs: 1000,
  processMemoryMb: 256,
  startMs: 10_000,

  provenProcesses: Math.max(1, Math.floor(availableParallelism() / 4)),
  probationProcesses: 1,
  operatorProcesses: 1,

  provenQueuePerTenant: 32,
  probationQueuePerTenant: 4,
  queueLength: 256,
  operatorQueueLength: 1024,
  queueWaitMs: 250,

  idleMs: 5 * 60_000,
  recycleAfterJobs: 500,

  scriptBanMs: 60_000,
  longestScriptBanMs: 60 * 60_000,
  killsPerTenant: 3,
  tenantBanMs: 60_000,
}
