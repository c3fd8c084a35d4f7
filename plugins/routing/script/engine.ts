import { hash } from 'node:crypto'

import { LRUCache } from 'lru-cache'

import type { EngineName } from './find-engine.ts'
import { createLane, type Lane, type LaneAnswer } from './lane.ts'
import { prepareLauncher, type Launcher } from './launch.ts'
import { defaultScriptLimits, type ScriptLimits } from './limits.ts'
import type { ScriptFailure, ScriptFailureReason, ScriptJob, ScriptOutcome } from './outcome.ts'
import { createPenalties } from './penalties.ts'
import { startResident, type ResidentScript } from './resident.ts'
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
  /**
   * Starts a script of the operator's in a process of its own, where it keeps its context between calls. `kept` is
   * its `models` and `metrics` as JSON, asked for before the calls of each turn. Resolves when it takes calls, or to what is wrong with it.
   */
  reside(source: string, kept: () => string): Promise<ResidentScript | ScriptFailure>
  /** Ends all sandboxes; jobs under way become `unavailable`. */
  stop(): Promise<void>
  /** Sandbox processes that have not ended. */
  readonly children: number
}

/** What the engine takes from its surroundings. */
export interface ScriptHost {
  /** Told, as a constant sentence, when sandboxes are less confined than they could be. */
  readonly warn?: (message: string) => void
  /** What scripts run on; the first that fits this machine when absent. */
  readonly engine?: EngineName | undefined
  /** The command of a sandbox; the engine in a confined Node when absent. */
  readonly prepareLauncher?: (limits: ScriptLimits) => Promise<Launcher>
}

type Lanes = {
  /** Scripts that never ran, or that did not behave when they did. */
  readonly probation: Lane
  /** Scripts that succeeded for the same tenant before: newcomers cannot make them wait. */
  readonly proven: Lane
}

const PROVEN_SCRIPTS_REMEMBERED = 10_000
/** A resident is not replaced for its age; this many calls only bound the CPU time that it may take in all. */
const RESIDENT_JOBS = 10_000_000

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
  const residents = new Set<ResidentScript>()
  let launching: Promise<Launcher | undefined> | undefined
  let lanes: Lanes | undefined
  let isStopped = false

  async function run(job: ScriptJob): Promise<ScriptOutcome> {
    job.signal?.throwIfAborted()
    if (Buffer.byteLength(job.source) > bounds.sourceBytes) {
      return tooLarge('source', bounds.sourceBytes)
    }
    const callJson = toCallJson(job)
    if (Buffer.byteLength(callJson) > bounds.argumentBytes) {
      return tooLarge('arguments', bounds.argumentBytes)
    }
    const script = hash('sha256', JSON.stringify([job.tenant, job.source]))
    const ban = penalties.refusal(job.tenant, script)
    if (ban) return ban

    const open = lanes ?? (await openLanes())
    if (isStopped) return STOPPED
    if (!open) return ENGINE_UNAVAILABLE
    job.signal?.throwIfAborted()

    const { tenant, source, signal } = job
    const laneJob = { tenant, source, callJson, signal }
    const isProven = proven.has(script)
    const first = await (isProven ? open.proven : open.probation).run(laneJob)
    if (!isProven || !isMisbehaviour(first)) return conclude(first, tenant, script)
    // It did well before, so the machine may be at fault: it is asked again, where it can do less harm.
    proven.delete(script)
    return conclude(await open.probation.run(laneJob), tenant, script)
  }

  function conclude(answer: LaneAnswer, tenant: string, script: string): ScriptOutcome {
    const { verdict, micros, wasKilled } = answer
    if (wasKilled) penalties.strike(tenant, script)
    if (!verdict.ok) return verdict
    proven.set(script, true)
    return { ...verdict, micros }
  }

  function findLauncher(): Promise<Launcher | undefined> {
    const warn = host.warn ?? (() => {})
    const prepare = host.prepareLauncher ?? (() => prepareLauncher(bounds, warn, host.engine))
    return (launching ??= prepare(bounds).catch(() => undefined))
  }

  async function openLanes(): Promise<Lanes | undefined> {
    const launcher = await findLauncher()
    if (!launcher || isStopped) return undefined
    return (lanes ??= createLanes(bounds, launcher))
  }

  async function reside(
    source: string,
    kept: () => string,
  ): Promise<ResidentScript | ScriptFailure> {
    const launcher = await findLauncher()
    if (isStopped) return STOPPED
    if (!launcher) return ENGINE_UNAVAILABLE
    const launch = launcher(RESIDENT_JOBS, 'resident.mjs', true)
    const resident = startResident({ source, launch, limits: bounds, kept })
    residents.add(resident)
    const fault = await resident.ready
    // One whose process did not start tries it again by itself.
    if (!fault || fault.reason === 'unavailable') return resident
    await resident.stop()
    residents.delete(resident)
    return fault
  }

  return {
    run,
    reside,
    get children() {
      return lanes ? lanes.probation.children + lanes.proven.children : 0
    },
    async stop() {
      isStopped = true
      await launching
      const open = lanes ? Object.values(lanes) : []
      await Promise.all([...open, ...residents].map((one) => one.stop()))
    },
  }
}

function isMisbehaviour({ verdict }: LaneAnswer): boolean {
  return !verdict.ok && MISBEHAVIOURS.has(verdict.reason)
}

function tooLarge(what: 'source' | 'arguments', mostBytes: number): ScriptFailure {
  const message =
    what === 'source'
      ? `The script is longer than ${mostBytes} bytes.`
      : `The arguments are longer than ${mostBytes} bytes.`
  return { ok: false, reason: `${what}_too_large`, message }
}

/** `{"args","seed"}`; what is JSON already is joined to the arguments as it is. */
function toCallJson({ args, facts = {}, seed = '' }: ScriptJob): string {
  const own = JSON.stringify(args)
  const joined = Object.entries(facts).map(([name, json]) => `,${JSON.stringify(name)}:${json}`)
  const all = `${own.slice(0, -1)}${joined.join('')}}`
  return `{"args":${own === '{}' ? all.replace(',', '') : all},"seed":${JSON.stringify(seed)}}`
}

const STOPPED: ScriptFailure = {
  ok: false,
  reason: 'unavailable',
  message: 'Router scripts cannot run: the gateway is stopping.',
}

const ENGINE_UNAVAILABLE: ScriptFailure = {
  ok: false,
  reason: 'engine_unavailable',
  message:
    'Router scripts cannot run here: neither isolated-vm with a build for this machine nor QuickJS is installed.',
}

function createLanes(limits: ScriptLimits, launcher: Launcher): Lanes {
  const { recycleAfterJobs, queueLength } = limits
  const common = {
    limits,
    start: () => startSandbox(launcher(recycleAfterJobs), limits),
    queueLength,
    runningPerTenant: 1,
    recycleAfterJobs,
  }
  return {
    probation: createLane({
      ...common,
      processes: limits.probationProcesses,
      queuePerTenant: limits.probationQueuePerTenant,
    }),
    proven: createLane({
      ...common,
      processes: limits.provenProcesses,
      queuePerTenant: limits.provenQueuePerTenant,
    }),
  }
}
