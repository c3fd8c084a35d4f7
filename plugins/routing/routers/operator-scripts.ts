import { watch, type FSWatcher } from 'node:fs'

import { didYouMean, GatewayError, SetupError, type Logger } from '#core'

import { readScriptFiles, type ScriptFiles, type WrittenFiles } from './script-files.ts'

/** The scripts of the config, each in a sandbox of its own, and always as their files are now. */
export interface OperatorScripts {
  /** Throws 400 for a name that no script has. */
  find(name: string, param: string): NamedScript
  start(): Promise<void>
  stop(): void
}

export interface NamedScript {
  /** As its file is now. */
  readonly source: string
  run(call: Call): Promise<Outcome>
}

interface Call {
  readonly args: object
  readonly seed: string
}

export type Outcome = { readonly ok: true; readonly value: unknown } | Fault

/** Why a script gave no value. */
export interface Fault {
  readonly ok: false
  readonly reason: string
  readonly message: string
  readonly line?: number
  readonly column?: number
  readonly retryAfterMs?: number
}

interface Resident {
  run(call: Call): Promise<Outcome>
  stop(): Promise<void>
}

export interface OperatorScriptParts {
  readonly files: WrittenFiles
  readonly configFolder: string
  readonly sourceBytes: number
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  /** Starts a sandbox for a script. */
  readonly reside: (source: string) => Promise<Resident | Fault>
}

interface Running {
  readonly source: string
  readonly resident: Resident | Fault
}

/** Faults of the machine and not of a script: the gateway starts all the same. */
const MACHINE_FAULTS = new Set(['engine_unavailable', 'unavailable'])
/** Editors write a file in several steps. */
const SETTLE_MS = 100
/** The calls under way end in the version they began in. */
const RETIREMENT_MS = 5000
const LONGEST_NAME = 100

/** Reads the files at once, so that "tapgate check" finds their mistakes. Throws a SetupError with all of them. */
export function createOperatorScripts(parts: OperatorScriptParts): OperatorScripts {
  const { log, reside } = parts
  const read = (): ScriptFiles =>
    readScriptFiles(parts.files, parts.configFolder, parts.sourceBytes)
  const first = read()
  if (first.problems.size > 0) throw mistakes([...first.problems.values()])

  const running = new Map<string, Running>()
  const told = new Map<string, string>()
  const watchers: FSWatcher[] = []
  let settling: NodeJS.Timeout | undefined
  let reloading = Promise.resolve()
  let isStopped = false

  async function launch(name: string, source: string): Promise<Fault | undefined> {
    const resident = await reside(source)
    const isBroken = 'ok' in resident && !MACHINE_FAULTS.has(resident.reason)
    if (isBroken) return resident
    retire(running.get(name))
    running.set(name, { source, resident })
    if (!('ok' in resident)) return undefined
    log.error('A router script can not run.', { script: name, because: resident.message })
    return undefined
  }

  async function reload(): Promise<void> {
    const { sources, problems } = read()
    for (const [name, problem] of problems) warnOnce(name, problem)
    for (const name of told.keys()) if (!problems.has(name)) told.delete(name)
    for (const [name, source] of sources) {
      if (running.get(name)?.source === source || isStopped) continue
      const fault = await launch(name, source)
      if (fault) warnOnce(name, `${name}${placeOf(fault)} ${fault.message}`)
      else log.info('A router script was loaded anew.', { script: name })
    }
    for (const [name, one] of running) {
      if (sources.has(name) || problems.has(name)) continue
      running.delete(name)
      retire(one)
      log.info('A router script was removed.', { script: name })
    }
  }

  function warnOnce(script: string, problem: string): void {
    if (told.get(script) === problem) return
    told.set(script, problem)
    log.warn('A router script has a mistake; the version before it stays.', { script, problem })
  }

  function onChange(): void {
    clearTimeout(settling)
    settling = setTimeout(() => {
      reloading = reloading.then(reload).catch((error: unknown) => {
        log.error('Router scripts could not be loaded anew.', { because: String(error) })
      })
    }, SETTLE_MS)
  }

  return {
    find(name, param) {
      const known: ReadonlyMap<string, unknown> = running.size > 0 ? running : first.sources
      if (!known.has(name)) throw notFound(name, [...known.keys()].toSorted(), param)
      return {
        get source() {
          return running.get(name)?.source ?? first.sources.get(name) ?? ''
        },
        async run(call) {
          const resident = running.get(name)?.resident ?? NOT_STARTED
          return 'ok' in resident ? resident : resident.run(call)
        },
      }
    },
    async start() {
      for (const folder of first.folders) {
        const watcher = watch(folder, { persistent: false }, onChange)
        watcher.on('error', (error) => {
          log.warn('A folder of router scripts is no longer watched.', { because: error.message })
        })
        watchers.push(watcher)
      }
      const faults = await Promise.all(
        [...first.sources].map(async ([name, source]) => ({
          name,
          fault: await launch(name, source),
        })),
      )
      const broken = faults.flatMap(({ name, fault }) =>
        fault ? [`The router script "${name}"${placeOf(fault)}: ${fault.message}`] : [],
      )
      if (broken.length > 0) throw mistakes(broken)
    },
    stop() {
      isStopped = true
      clearTimeout(settling)
      for (const watcher of watchers) watcher.close()
    },
  }
}

const NOT_STARTED: Fault = {
  ok: false,
  reason: 'unavailable',
  message: 'The router scripts of the config have not been started.',
}

function notFound(name: string, known: readonly string[], param: string): GatewayError {
  const hint = didYouMean(name.slice(0, LONGEST_NAME), known)
  const message =
    known.length > 0
      ? `"${param}" must be one of ${known.join(', ')} after "file:"${hint}`
      : `"${param}" names a script of the config, which has none`
  const sentence = message.endsWith('?') ? message : `${message}.`
  return new GatewayError('invalid_parameter', sentence, { param })
}

function retire(one: Running | undefined): void {
  if (!one || 'ok' in one.resident) return
  const { resident } = one
  setTimeout(() => void resident.stop(), RETIREMENT_MS).unref()
}

function placeOf({ line, column }: Fault): string {
  if (line === undefined) return ''
  return column === undefined ? `:${line}` : `:${line}:${column}`
}

function mistakes(problems: readonly string[]): SetupError {
  const message =
    problems.length === 1 ? 'A router script has a mistake.' : 'Router scripts have mistakes.'
  return new SetupError('router_scripts', message, 'Mend the script files.', { problems })
}
