import type { Sandbox, SandboxedCode, SandboxOutcome } from '#core'

import { framed, type Polled } from './code-frame.ts'
import type { EngineName } from './find-engine.ts'
import { prepareLauncher, type Launcher } from './launch.ts'
import { defaultScriptLimits, type ScriptLimits } from './limits.ts'
import type { ScriptFailure } from './outcome.ts'
import { startResident, type ResidentScript } from './resident.ts'

/** Of one step: between two answers code does as little as a router script. */
const LIMITS: ScriptLimits = {
  ...defaultScriptLimits,
  timeoutMs: 500,
  memoryMb: 32,
  resultBytes: 512 * 1024,
}
/** Steps that one piece of code may take; they bound its CPU time. */
const MOST_STEPS = 500
/** Processes at the same time: each runs one piece of code. */
const MOST_RUNNING = 8
/** What it may write, whatever it has made of the frame's own limits. */
const MOST_LINES = 500
const LONGEST_LINE = 2_000
const NOTHING_KEPT = '{"models":[],"metrics":{}}'

/** Runs code in processes such as router scripts have, each for one piece of code and then ended. */
export function createCodeSandbox(host: {
  readonly warn: (message: string) => void
  readonly engine?: EngineName | undefined
}): Sandbox & { stop(): Promise<void> } {
  const running = new Set<ResidentScript>()
  let launching: Promise<Launcher | undefined> | undefined

  async function run(code: SandboxedCode): Promise<SandboxOutcome> {
    code.signal.throwIfAborted()
    if (Buffer.byteLength(code.source) > LIMITS.sourceBytes) {
      return failed(`The code is longer than ${LIMITS.sourceBytes} bytes.`)
    }
    if (running.size >= MOST_RUNNING) return failed('Too much code runs at the moment: try again.')
    launching ??= prepareLauncher(LIMITS, host.warn, host.engine).catch(() => undefined)
    const launcher = await launching
    if (!launcher) return failed('This gateway has no engine to run code with.')
    const resident = startResident({
      source: framed(code.source),
      launch: launcher(MOST_STEPS, 'resident.mjs'),
      limits: LIMITS,
      kept: () => NOTHING_KEPT,
    })
    running.add(resident)
    const over = Promise.withResolvers<SandboxOutcome>()
    const leave = (): void => over.reject(code.signal.reason)
    const deadline = setTimeout(
      () => over.resolve(failed(`The code took longer than ${code.timeoutMs} ms.`)),
      code.timeoutMs,
    )
    code.signal.addEventListener('abort', leave, { once: true })
    try {
      return await Promise.race([begin(resident, code), over.promise])
    } finally {
      clearTimeout(deadline)
      code.signal.removeEventListener('abort', leave)
      await resident.stop()
      running.delete(resident)
    }
  }

  return {
    run,
    async stop() {
      await Promise.all([...running].map((resident) => resident.stop()))
    },
  }
}

async function begin(resident: ResidentScript, code: SandboxedCode): Promise<SandboxOutcome> {
  const fault = await resident.ready
  return fault ? withPlace(fault, []) : converse(resident, code)
}

interface SettledCall {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** Steps the code from one answer to the next, until it is done or waits for nothing. */
async function converse(resident: ResidentScript, code: SandboxedCode): Promise<SandboxOutcome> {
  const logs: string[] = []
  const open = new Map<number, Promise<SettledCall>>()
  let step: object = { step: 'begin', functions: code.functions }
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    const taken = await resident.run({ args: step, seed: '' })
    const polled = taken.ok ? await resident.run({ args: { step: 'poll' }, seed: '' }) : taken
    if (!polled.ok) return withPlace(polled, logs)
    const { calls, logs: said, done } = readPolled(polled.value)
    for (const line of said) if (logs.length < MOST_LINES) logs.push(line.slice(0, LONGEST_LINE))
    if (done) {
      const { error, value } = done
      return error === undefined ? { ok: true, value, logs } : { ok: false, message: error, logs }
    }
    for (const call of calls) open.set(call.id, answer(call, code))
    if (open.size === 0) return failed('The code waits for something that nobody will do.', logs)
    const settled = await Promise.race(open.values())
    open.delete(settled.id)
    step = { step: 'resume', answers: [settled] }
  }
  return failed(`The code took more than ${MOST_STEPS} steps.`, logs)
}

async function answer(
  { id, path, args }: Polled['calls'][number],
  code: SandboxedCode,
): Promise<SettledCall> {
  const [object = '', name = ''] = path
  try {
    return { id, value: (await code.call(object, name, args)) ?? null }
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) }
  }
}

/** The code could have put anything in the frame's place. */
function readPolled(value: unknown): Polled {
  const { calls, logs, done } = Object(value) as Partial<Record<keyof Polled, unknown>>
  return {
    calls: (Array.isArray(calls) ? calls : []).flatMap((call: unknown) => {
      const { id, path, args } = Object(call) as Record<string, unknown>
      const isCall = typeof id === 'number' && Array.isArray(path)
      return isCall ? [{ id, path: path.map(String), args }] : []
    }),
    logs: Array.isArray(logs) ? logs.map(String) : [],
    done: readDone(done),
  }
}

function readDone(done: unknown): Polled['done'] {
  if (typeof done !== 'object' || done === null) return null
  const { value, error } = done as Record<string, unknown>
  return error === undefined
    ? { value }
    : { error: typeof error === 'string' ? error : 'The code failed.' }
}

function failed(message: string, logs: readonly string[] = []): SandboxOutcome {
  return { ok: false, message, logs }
}

function withPlace(
  { message, line, column }: ScriptFailure,
  logs: readonly string[],
): SandboxOutcome {
  const place = line === undefined || column === undefined ? {} : { line, column }
  return { ok: false, message, ...place, logs }
}
