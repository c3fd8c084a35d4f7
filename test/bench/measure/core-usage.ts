import { readFileSync } from 'node:fs'

import type { Cores } from '../machine.ts'

const ticksPerSecond = 100

/** Time that some cores were not idle, or not given to this machine, since it started, in seconds (`proc_stat(5)`). */
export function readBusySeconds(cores: Cores): number {
  const stat = readFileSync('/proc/stat', 'utf8')
  return cores.reduce((seconds, core) => {
    const times = new RegExp(`^cpu${core} (.*)`, 'm').exec(stat)?.[1]?.split(' ').map(Number)
    const [user = 0, nice = 0, system = 0, , , irq = 0, softIrq = 0, stolen = 0] = times ?? []
    return seconds + (user + nice + system + irq + softIrq + stolen) / ticksPerSecond
  }, 0)
}
