// Starts a gateway that serves, with what V8 and the C library read only when a process begins.
// Plain JavaScript, as the program itself is begun by config/cli.mjs.
import { fileURLToPath } from 'node:url'

/** What Node is given: a small process that stays fast, also on one core. README.md says more of each. */
export const NODE_FLAGS = [
  '--max-semi-space-size=16',
  '--heap-growing-percent=40',
  '--no-memory-reducer',
  '--no-parallel-scavenge',
  '--retain-maps-for-n-gc=20',
  '--max-inlined-bytecode-size=800',
  '--max-inlined-bytecode-size-cumulative=2000',
]

/** glibc else keeps a heap for each of V8's threads, and what one frees is of no use to another: 16 MB. */
export const C_LIBRARY = { MALLOC_ARENA_MAX: '1' }

if (import.meta.main) {
  const program = [
    fileURLToPath(new URL('cli.mjs', import.meta.url)),
    'serve',
    ...process.argv.slice(2),
  ]
  if (process.platform === 'win32') {
    // A process can not become another one there: it serves as well with what Node has by itself.
    process.argv.splice(1, Infinity, ...program)
    await import('./cli.mjs')
  } else {
    // Becomes the gateway: the same process, for whoever sends it a signal.
    const flags = [...NODE_FLAGS, ...process.execArgv]
    const environment = { ...C_LIBRARY, ...process.env }
    process.execve(process.execPath, [process.argv0, ...flags, ...program], environment)
  }
}
