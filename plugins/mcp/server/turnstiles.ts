import type { ServerPolicy } from './policy.ts'
import { createTurnstile, type Turnstile } from './turnstile.ts'

/** How many calls may run at once: of the server, and of each tool that has a limit of its own. */
export interface Turnstiles {
  run<T>(tool: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

export function createTurnstiles(server: string, policy: ServerPolicy): Turnstiles {
  const { concurrency, maxQueue, tools = {} } = policy
  const whole =
    concurrency === undefined
      ? undefined
      : createTurnstile(`The MCP server "${server}"`, concurrency, maxQueue)
  const single = new Map<string, Turnstile>()
  for (const [name, { concurrency: limit }] of Object.entries(tools)) {
    if (limit === undefined) continue
    single.set(name, createTurnstile(`The tool "${name}" of "${server}"`, limit, maxQueue))
  }
  return {
    run(tool, signal, work) {
      const own = single.get(tool)
      const inside = whole ? () => whole.run(signal, work) : work
      return own ? own.run(signal, inside) : inside()
    },
  }
}
