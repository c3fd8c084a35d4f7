/** The CPU time that this thread has taken. Other than a clock it does not run while a busy machine has no core for it. */
export function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** The CPU time that some work takes in this thread. */
export function cpuMsOf(work: () => unknown): number {
  const startedMs = threadCpuMs()
  work()
  return threadCpuMs() - startedMs
}
