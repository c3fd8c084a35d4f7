import { fork } from 'node:child_process'
import { once } from 'node:events'

import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the databases of the test run are made. */
    databaseKeeper: string
  }
}

/** Starts the keeper of the databases. It makes none before a test asks for one. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const keeper = fork(new URL('./database-keeper.ts', import.meta.url), { execArgv: [] })
  const [address] = await once(keeper, 'message')
  project.provide('databaseKeeper', `http://127.0.0.1:${address.port}`)
  return async () => {
    const gone = once(keeper, 'exit')
    keeper.disconnect()
    await gone
  }
}
