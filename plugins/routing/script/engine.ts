import { hash } from 'node:crypto'

import { LRUCache } from 'lru-cache'

import { createLane, type Lane, type LaneAnswer } from './lane.ts'
import { prepareLauncher, type Launcher } from './launch.ts'
import { defaultScriptLimits, type ScriptLimits } from './limits.ts'
import type { ScriptFailure, ScriptFailureReason, ScriptJob, ScriptOutcome } from './outcome.ts'
import { createPenalties } from './penalties.ts'
import { startSandbox } from './sandbox-process.ts'

export { defaultScriptLimits, type ScriptLimits } from './limits.ts'
export type { ScriptFailure, ScriptFailureReason, ScriptJob, ScriptOutcome } from './outcome.ts'

/** Runs router scripts of people whom nobody knows, and outlives them. */
export interface ScriptEngine {
  /**
   * Runs a script. A fault of the script's is an outcome; the promise rejects only with the signal's reason, and with a
   * TypeError for arguments that JSON cannot carry.
   */
  run(job: ScriptJob): Promise<ScriptOutcome>
  /** Ends all sandboxes; jobs under way become `unavailable`. */
  stop(): Promise<void>
  /** Sandbox processes that have not ended. */
  readonly children: number
}

/** What the engine takes from its surroundings. */
export interface ScriptHost {
  /** Told, as a constant sentence, when sandboxes are less confined than they could be. */
  readonly warn?: (message: string) => void
  /** The command of a sandbox; isolated-vm in a confined Node when absent. */
  readonly prepareLauncher?: (limits: ScriptLimits) => Promise<Launcher>
}

type Lanes = {
  /** Scripts that never ran, or that did not behave when they did. */
  readonly probation: Lane
  /** Scripts that succeeded for the same tenant before: newcomers cannot make them wait. */
  readonly proven: Lane
  /** The operator's scripts, which keep their contexts. */
  readonly operator: Lane
}

const PROVEN_SCRIPTS_REMEMBERED = 10_000
/** An operator's script makes no new isolate for a call, so its sandboxes wear slowly. */
const OPERATOR_ENDURANCE = 200

/** Reasons that cost a script its place among the proven. */
const MISBEHAVIOURS: ReadonlySet<ScriptFailureReason> = new Set(['timeout', 'memory', 'crashed'])

/**
 * Makes an engine: a pool of small processes, each running one script at a time in a fresh isolate, watched for CPU
 * time and memory and killed when need be. No process is started before the first script.
 */
export function createScriptEngine(
  limits: Partial<ScriptLimits> = {},
  host: ScriptHost = {},
): ScriptEngine {
  const bounds: ScriptLimits = { ...defaultScriptLimits, ...limits }
  const penalties = createPenalties(bounds)
  const proven = new LRUCache<string, true>({ max: PROVEN_SCRIPTS_REMEMBERED })
  let opening: Promise<Lanes | undefined> | undefined
  let lanes: Lanes | undefined
  let isStopped = false

  async function run(job: ScriptJob): Promise<ScriptOutcome> {
    job.signal?.throwIfAborted()
    const argumentsJson = JSON.stringify(job.args) ?? 'null'
    const excess = tooLarge(job.source, argumentsJson)
    if (excess) return excess
    const script = hash('sha256', JSON.stringify([job.tenant, job.source]))
    const ban = penalties.refusal(job.tenant, script)
    if (ban) return ban

    const open = lanes ?? (await (opening ??= openLanes()))
    if (!open || isStopped) return UNAVAILABLE
    job.signal?.throwIfAborted()

    const { tenant, source, trusted: isTrusted = false, signal } = job
    const laneJob = { tenant, source, argumentsJson, isTrusted, signal }
    const isProven = proven.has(script)
    const first = await laneFor(open, isTrusted, isProven).run(laneJob)
    if (!isProven || !isMisbehaviour(first)) return conclude(first, tenant, script)
    // It did well before, so the machine may be at fault: it is asked again, where it can do less harm.
    proven.delete(script)
    return conclude(await laneFor(open, isTrusted, false).run(laneJob), tenant, script)
  }

  function conclude(answer: LaneAnswer, tenant: string, script: string): ScriptOutcome {
    const { verdict, micros, wasKilled } = answer
    if (wasKilled) penalties.strike(tenant, script)
    if (!verdict.ok) return verdict
    proven.set(script, true)
    return { ...verdict, micros }
  }

  function tooLarge(source: string, argumentsJson: string): ScriptFailure | undefined {
    if (Buffer.byteLength(source) > bounds.sourceBytes) {
      const message = `The script is longer than ${bounds.sourceBytes} bytes.`
      return { ok: false, reason: 'source_too_large', message }
    }
    if (Buffer.byteLength(argumentsJson) > bounds.argumentBytes) {
      const message = `The arguments are longer than ${bounds.argumentBytes} bytes.`
      return { ok: false, reason: 'arguments_too_large', message }
    }
    return undefined
  }

  async function openLanes(): Promise<Lanes | undefined> {
    const warn = host.warn ?? (() => {})
    const prepare = host.prepareLauncher ?? (() => prepareLauncher(bounds, warn))
    const launcher = await prepare(bounds).catch(() => undefined)
    if (!launcher || isStopped) return undefined
    lanes = createLanes(bounds, launcher)
    return lanes
  }

  return {
    run,
    get children() {
      return lanes ? Object.values(lanes).reduce((sum, lane) => sum + lane.children, 0) : 0
    },
    async stop() {
      isStopped = true
      await opening
      if (lanes) await Promise.all(Object.values(lanes).map((lane) => lane.stop()))
    },
  }
}

function laneFor(lanes: Lanes, isTrusted: boolean, isProven: boolean): Lane {
  if (isTrusted) return lanes.operator
  return isProven ? lanes.proven : lanes.probation
}

function isMisbehaviour({ verdict }: LaneAnswer): boolean {
  return !verdict.ok && MISBEHAVIOURS.has(verdict.reason)
}

const UNAVAILABLE: ScriptFailure = {
  ok: false,
  reason: 'unavailable',
  message: 'Router scripts cannot run here: isolated-vm is missing, or the gateway is stopping.',
}

function createLanes(limits: ScriptLimits, launcher: Launcher): Lanes {
  const { recycleAfterJobs, queueLength, operatorQueueLength } = limits
  const operatorEndurance = recycleAfterJobs * OPERATOR_ENDURANCE
  const start = (jobs: number) => () => startSandbox(launcher(jobs), limits)
  const strangers = {
    limits,
    start: start(recycleAfterJobs),
    queueLength,
    runningPerTenant: 1,
    recycleAfterJobs,
  }
  return {
    probation: createLane({
      ...strangers,
      processes: limits.probationProcesses,
      queuePerTenant: limits.probationQueuePerTenant,
    }),
    proven: createLane({
      ...strangers,
      processes: limits.provenProcesses,
      queuePerTenant: limits.provenQueuePerTenant,
    }),
    operator: createLane({
      limits,
      start: start(operatorEndurance),
      processes: limits.operatorProcesses,
      queuePerTenant: operatorQueueLength,
      queueLength: operatorQueueLength,
      runningPerTenant: Number.POSITIVE_INFINITY,
      recycleAfterJobs: operatorEndurance,
    }),
  }
}
