import type { Launch } from './launch.ts'
import { createLineReader } from './line-reader.ts'
import { spawnSandbox } from './spawn-sandbox.ts'
import { createWatch, type Excess, type Watch } from './watchdog.ts'

/** What becomes of a process that should have stayed. */
export type Ending = Excess | 'crashed'

/** The process of one operator's script, as far as it is lines in and lines out. */
export interface ResidentProcess {
  write(line: string): void
  /** Kills it when it uses more than it is allowed. */
  readonly watch: Watch
  kill(ending: Ending): void
  /** Resolves when it has ended. */
  readonly exited: Promise<void>
}

export interface ResidentEvents {
  onLine(line: string): void
  /** Called once, as soon as it takes no more lines. */
  onGone(ending: Ending): void
}

/** Starts the process; a line longer than `longestLineBytes` ends it. */
export function startResidentProcess(
  launch: Launch,
  longestLineBytes: number,
  events: ResidentEvents,
): ResidentProcess {
  const exited = Promise.withResolvers<void>()
  let isGone = false
  const child = spawnSandbox(launch)
  const watch = createWatch(child.pid, kill)
  const readLines = createLineReader(longestLineBytes, () => kill('crashed'))
  child.stdout?.on('data', (bytes: Buffer) => {
    for (const line of readLines(bytes)) if (!isGone) events.onLine(line)
  })
  child.on('error', leave)
  child.on('exit', leave)

  function kill(ending: Ending): void {
    if (isGone) return
    isGone = true
    watch.end()
    child.stdin?.destroy()
    child.stdout?.destroy()
    child.kill('SIGKILL')
    events.onGone(ending)
  }

  function leave(): void {
    kill('crashed')
    exited.resolve()
  }

  return {
    write: (line) => void child.stdin?.write(`${line}\n`),
    watch,
    kill,
    exited: exited.promise,
  }
}
