import { readFileSync } from 'node:fs'

/** What a process may use while it is watched. */
export interface Allowance {
  readonly cpuMs: number
  readonly wallMs: number
  readonly memoryMb: number
}

export type Excess = 'timeout' | 'memory'

/** Watches a process whenever it works. */
export interface Watch {
  /** From now on; what it used before is forgotten. */
  begin(allowance: Allowance): void
  end(): void
}

const POLL_MS = 25
/** USER_HZ, which Linux has fixed at 100 for what it shows to programs. */
const MS_PER_TICK = 10
const KILOBYTES_PER_MEGABYTE = 1024

/**
 * Tells of the first excess of a process. CPU time is what counts: on a busy machine a process that did nothing wrong may
 * wait for long. Where there is no /proc only the wall clock holds. One timer goes on from job to job while they follow
 * each other, as most are over long before it is due.
 */
export function createWatch(pid: number | undefined, onExcess: (excess: Excess) => void): Watch {
  let allowed: Allowance | undefined
  let startedAt = 0
  // The first look is at the first poll; what was used until it goes free.
  let cpuMsAtFirst: number | undefined
  let timer: NodeJS.Timeout | undefined
  let immediate: NodeJS.Immediate | undefined

  function poll(): void {
    if (!allowed) {
      clearInterval(timer)
      timer = undefined
      return
    }
    const used = readUsage(pid)
    cpuMsAtFirst ??= used?.cpuMs
    const cpuMs = used && cpuMsAtFirst !== undefined ? used.cpuMs - cpuMsAtFirst : 0
    if (used && used.memoryMb > allowed.memoryMb) report('memory')
    else if (cpuMs > allowed.cpuMs || performance.now() - startedAt > allowed.wallMs) {
      report('timeout')
    }
  }

  function report(excess: Excess): void {
    end()
    // The answer may lie unread when it was this process that had no time; one turn of the loop reads it.
    immediate = setImmediate(onExcess, excess)
  }

  function end(): void {
    allowed = undefined
    clearImmediate(immediate)
  }

  return {
    begin(allowance) {
      end()
      allowed = allowance
      startedAt = performance.now()
      cpuMsAtFirst = undefined
      timer ??= setInterval(poll, POLL_MS)
    },
    end,
  }
}

/** CPU time and resident memory of a process, from /proc (https://man7.org/linux/man-pages/man5/proc.5.html). */
function readUsage(pid: number | undefined): { cpuMs: number; memoryMb: number } | undefined {
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
