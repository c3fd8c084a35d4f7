import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { crc32 } from 'node:zlib'

/**
 * A segment names its writer: `<milliseconds>-<pid>-<start of the process>-<place>.rows`. A pid
 * alone does not tell a live writer from a dead one: it is given again, and in a container it is
 * always 1.
 */
const NAME = /^\d+-(\d+)-(\d+)-([0-9a-f]+)\.rows$/

/** After this time without a sign of life, the writer in another container or machine is dead. */
const SILENT_WRITER_IS_DEAD_AFTER_MS = 60_000

const LINUX_START_TIME_FIELD = 19

let lastStamp = 0

/** A name for a new segment of this process; names sort by age. */
export function nextSegmentName(): string {
  lastStamp = Math.max(lastStamp + 1, Date.now())
  return `${lastStamp}-${process.pid}-${startOf(process.pid)}-${placeOfThisProcess()}.rows`
}

/** The name of a segment that its writer has let go: the next process takes it over at once. */
export function releasedSegmentName(name: string): string {
  const [stamp, , , place] = name.split('-')
  return `${stamp}-0-0-${place}`
}

export function isSegmentName(name: string): boolean {
  return NAME.test(name)
}

/** Whether nobody writes this segment any more. One of this process's own counts as written. */
export function isWriterDead(name: string, modifiedAt: number): boolean {
  const [, pid, start, place] = NAME.exec(name) ?? []
  if (place !== placeOfThisProcess()) {
    return Date.now() - modifiedAt > SILENT_WRITER_IS_DEAD_AFTER_MS
  }
  return pid === '0' || !isRunning(Number(pid)) || startOf(Number(pid)) !== start
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** When a process started, in ticks since the machine did; 0 where the system does not tell. */
function startOf(pid: number): string {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name of the program stands in parentheses and may itself hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields?.[LINUX_START_TIME_FIELD] ?? '0'
}

/** Pids can be compared within one place only: one boot of a machine, one container. */
function placeOfThisProcess(): string {
  const boot = read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) ?? hostname()
  const container = read(() => readlinkSync('/proc/self/ns/pid')) ?? ''
  return crc32(boot + container).toString(16)
}

function read(source: () => string): string | undefined {
  try {
    return source()
  } catch {
    return undefined
  }
}
