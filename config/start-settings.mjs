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
