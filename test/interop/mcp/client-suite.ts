import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { startPostgres } from '../../helpers/postgres-server.ts'
import { startClientPlaces } from './client-places.ts'
import { runConformance } from './conformance.ts'
import type { ScenarioResult, Suite } from './suite.ts'

const CLIENT = fileURLToPath(new URL('./client.ts', import.meta.url))
/** Most of it is spent waiting for a turn. */
const LONGEST_SCENARIO_MS = 600_000

/** The gateway as a client of servers, authorization by a person and by itself included. */
export const clientSuites: readonly Suite[] = ['2025-11-25', '2026-07-28'].map((revision) => ({
  name: `client, ${revision}`,
  isQuick: false,
  run: () => runClientSuite(revision),
}))

/** Runs the scenarios of one revision, each with a gateway and a database of its own. */
export async function runClientSuite(revision: string): Promise<readonly ScenarioResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'tapgate-conformance-'))
  // Root lets another user run PostgreSQL in here.
  await chmod(folder, 0o711)
  const postgres = await startPostgres(join(folder, 'postgres'))
  const places = await startClientPlaces(() => postgres.createDatabase())
  const command = `${process.execPath} ${CLIENT}`
  const limit = String(LONGEST_SCENARIO_MS)
  const args = ['client', '--command', command, '--requirements', revision, '--timeout', limit]
  try {
    const environment = { CONFORMANCE_PLACES: places.url }
    return await runConformance(args, { environment, isQuiet: true })
  } finally {
    await places.stop()
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
