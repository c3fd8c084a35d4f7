import type { SandboxProcess } from './sandbox-process.ts'

/** Sandboxes of one kind: started when first wanted, replaced when killed or worn, stopped when idle. */
export interface Pool {
  /** Processes that have not ended. */
  readonly children: number
  /** False while the first sandboxes are still starting. */
  readonly hasStarted: boolean
  /**
   * A sandbox that is the caller's until released. When all are taken another is started if there is room, and
   * `onReady` tells when it is up.
   */
  claim(): SandboxProcess | undefined
  release(sandbox: SandboxProcess): void
  stop(): Promise<void>
}

export interface PoolOptions {
  readonly size: number
  readonly recycleAfterJobs: number
  readonly idleMs: number
  readonly start: () => SandboxProcess
  readonly onReady: () => void
  readonly onStartFailure: () => void
}

/** Makes a pool; no process is started before the first claim. */
export function createPool(options: PoolOptions): Pool {
  const sandboxes = new Set<SandboxProcess>()
  const claimed = new Set<SandboxProcess>()
  const worn = new Set<SandboxProcess>()
  let isWanted = false
  let idleTimer: NodeJS.Timeout | undefined

  const alive = () => [...sandboxes].filter((sandbox) => sandbox.state !== 'gone')

  const isUp = (sandbox: SandboxProcess) => sandbox.state !== 'starting'
  const hasStarted = () => alive().some(isUp)
  const isFree = (sandbox: SandboxProcess) => sandbox.state === 'idle' && !claimed.has(sandbox)

  // While a successor is on its way nobody else is replaced.
  const isWornOut = (sandbox: SandboxProcess) =>
    sandbox.jobs >= options.recycleAfterJobs && alive().length <= options.size

  function add(): SandboxProcess | undefined {
    const sandbox = tryStart()
    if (!sandbox) return undefined
    sandboxes.add(sandbox)
    void sandbox.started.then((hasCome) => (hasCome ? welcome() : reportFailure()))
    void sandbox.gone.then(() => replace(sandbox))
    void sandbox.exited.then(() => sandboxes.delete(sandbox))
    return sandbox
  }

  function tryStart(): SandboxProcess | undefined {
    try {
      return options.start()
    } catch {
      // Node throws for some of the faults of spawning and reports the others.
      queueMicrotask(reportFailure)
      return undefined
    }
  }

  function welcome(): void {
    waitForIdleness()
    options.onReady()
  }

  function reportFailure(): void {
    if (isWanted && !hasStarted()) options.onStartFailure()
  }

  async function replace(sandbox: SandboxProcess): Promise<void> {
    worn.delete(sandbox)
    const hadCome = await sandbox.started
    if (hadCome && isWanted && alive().length < options.size) add()
  }

  /** A worn sandbox goes on working until its successor is up. */
  async function succeed(sandbox: SandboxProcess): Promise<void> {
    const hasCome = await add()?.started
    if (!hasCome) return
    if (isFree(sandbox)) sandbox.kill()
    else if (sandbox.state !== 'gone') worn.add(sandbox)
  }

  function waitForIdleness(): void {
    if (idleTimer) idleTimer.refresh()
    else idleTimer = setTimeout(rest, options.idleMs).unref()
  }

  function rest(): void {
    if (claimed.size === 0 && alive().every(isUp)) endAll()
  }

  function endAll(): void {
    isWanted = false
    clearTimeout(idleTimer)
    idleTimer = undefined
    for (const sandbox of sandboxes) sandbox.kill()
  }

  return {
    get children() {
      return sandboxes.size
    },

    get hasStarted() {
      return hasStarted()
    },

    claim() {
      isWanted = true
      const living = alive()
      const free = living.find(isFree)
      if (free) claimed.add(free)
      else if (living.length < options.size && living.every(isUp)) add()
      return free
    },

    release(sandbox) {
      claimed.delete(sandbox)
      waitForIdleness()
      if (sandbox.state === 'gone') return
      if (worn.has(sandbox)) sandbox.kill()
      else if (isWornOut(sandbox)) void succeed(sandbox)
    },

    async stop() {
      endAll()
      await Promise.all([...sandboxes].map((sandbox) => sandbox.exited))
    },
  }
}
