import { readFileSync } from 'node:fs'

/** What a process may use until its watch is called off. */
export interface Allowance {
  readonly cpuMs: number
  readonly wallMs: number
  readonly memoryMb: number
}

export type Excess = 'timeout' | 'memory'

const POLL_MS = 25
/** USER_HZ, which Linux has fixed at 100 for what it shows to programs. */
const MS_PER_TICK = 10
const KILOBYTES_PER_MEGABYTE = 1024

/**
 * Watches what a process uses, and tells of the first excess. CPU time is what counts: on a busy machine a process that
 * did nothing wrong may wait for long. Where there is no /proc only the wall clock holds.
 */
export function watchProcess(
  pid: number,
  allowance: Allowance,
  onExcess: (excess: Excess) => void,
): () => void {
  const startedAt = performance.now()
  // The first look is at the first poll, as most jobs are over by then; what was used until it goes free.
  let cpuMsAtFirst: number | undefined

  function poll(): void {
    const used = readUsage(pid)
    cpuMsAtFirst ??= used?.cpuMs
    const cpuMs = used && cpuMsAtFirst !== undefined ? used.cpuMs - cpuMsAtFirst : 0
    if (used && used.memoryMb > allowance.memoryMb) report('memory')
    else if (cpuMs > allowance.cpuMs || performance.now() - startedAt > allowance.wallMs) {
      report('timeout')
    }
  }

  function report(excess: Excess): void {
    stop()
    // The answer may lie unread when it was this process that had no time; one turn of the loop reads it.
    immediate = setImmediate(onExcess, excess)
  }

  const timer = setInterval(poll, POLL_MS)
  let immediate: NodeJS.Immediate | undefined
  function stop(): void {
    clearInterval(timer)
    clearImmediate(immediate)
  }
  return stop
}

/** CPU time and resident memory of a process, from /proc (https://man7.org/linux/man-pages/man5/proc.5.html). */
function readUsage(pid: number): { cpuMs: number; memoryMb: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the name in brackets, with anything in it; user and system time are the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return {
      cpuMs: ticks * MS_PER_TICK,
      memoryMb: Number(resident?.[1] ?? 0) / KILOBYTES_PER_MEGABYTE,
    }
  } catch {
    return undefined
  }
}
