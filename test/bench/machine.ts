import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'

/** The numbers of the cores a process may run on; empty leaves it to the system. */
export type Cores = readonly number[]

/** Which part of the benchmark runs where. */
export interface Layout {
  readonly mock: Cores
  readonly gateway: Cores
  /** One entry for each process of the load generator; the first also does what one process can do. */
  readonly load: readonly Cores[]
  readonly database: Cores
}

/** The machine the figures were taken on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGigabytes: number
  readonly kernel: string
  readonly node: string
  readonly layout: Layout
}

/** Reads what the benchmark needs to know of this machine; throws where there is no Linux `/proc` to measure with. */
export function inspectMachine(): Machine {
  if (process.platform !== 'linux') {
    throw new Error('The benchmark reads CPU time and memory from /proc and so needs Linux.')
  }
  const cores = allowedCores()
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cores.length,
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    layout: layOut(hasTaskset() ? cores : []),
  }
}

/**
 * Gives the gateway a core to itself first, then the mock, then the load. The database shares the load's last core,
 * which rests while latencies are taken, so that its writes disturb neither the mock nor the clock.
 */
export function layOut(cores: Cores): Layout {
  const [first, second, third, fourth, fifth] = cores
  if (first === undefined || second === undefined) {
    return { mock: [], gateway: [], load: [[], []], database: [] }
  }
  if (third === undefined) {
    return { mock: [first], gateway: [second], load: [[first]], database: [first] }
  }
  if (fourth === undefined) {
    return { mock: [first], gateway: [second], load: [[third]], database: [third] }
  }
  return {
    mock: [first],
    gateway: [second],
    load: [[third], [fourth]],
    database: [fifth ?? fourth],
  }
}

/** The command that runs another one on the given cores only. */
export function pinCommand(cores: Cores, command: [string, ...string[]]): [string, ...string[]] {
  return cores.length === 0 ? command : ['taskset', '-c', cores.join(','), ...command]
}

/** Cores this process may use, which in a container can be fewer than the machine has. */
function allowedCores(): number[] {
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return (list ?? '0').split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, index) => first + index)
  })
}

function hasTaskset(): boolean {
  return spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status === 0
}
