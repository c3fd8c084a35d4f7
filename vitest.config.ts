import { availableParallelism } from 'node:os'

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    globalSetup: 'test/helpers/global-setup.ts',
    pool: 'forks',
    // Most tests start servers and databases of their own, so a core is left for those.
    maxWorkers: Math.min(4, Math.max(2, availableParallelism() - 1)),
    // Generous: what must come is waited for, however busy the machine is.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
  },
})
