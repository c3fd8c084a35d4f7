import { randomBytes } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'

import { findPort } from '../../helpers/find-port.ts'
import { startChild } from '../children.ts'
import type { Layout } from '../machine.ts'
import { isListening } from '../messages.ts'
import type { Peer } from './peer.ts'
import { waitReady } from './wait-ready.ts'

const databaseTimeoutMs = 60_000

/** Starts Tapgate as it comes and with a router script, its ledger in a PostgreSQL of its own, in front of the mock. */
export async function startTapgate(
  layout: Layout,
  mockPort: number,
  folder: string,
): Promise<Peer> {
  const databaseUrl = await startDatabase(layout, join(folder, 'database'))
  const port = await findPort()
  const key = `sk-prod-${randomBytes(32).toString('hex')}`
  const child = startChild({
    name: 'Tapgate',
    command: ['config/start.mjs'],
    cores: layout.gateway,
    environment: {
      PORT: String(port),
      HOST: '127.0.0.1',
      TAPGATE_DATA: join(folder, 'tapgate'),
      TAPGATE_CONFIG: join(import.meta.dirname, 'tapgate/gateway.config.ts'),
      TAPGATE_KEY: key,
      OPENAI_API_KEY: 'x',
      OPENAI_BASE_URL: `http://127.0.0.1:${mockPort}/v1`,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: 'warn',
    },
  })
  await waitReady(child, `http://127.0.0.1:${port}/readyz`)
  return {
    name: 'tapgate',
    pid: child.pid,
    port,
    headers: { authorization: `Bearer ${key}` },
    model: 'openai/gpt-5-mini',
    assertRunning: child.assertRunning,
  }
}

/** PostgreSQL does not run as root, so its folder lies in one that any user may write to. */
export async function startDatabase(layout: Layout, folder: string): Promise<string> {
  await mkdir(folder)
  await chmod(folder, 0o777)
  const child = startChild({
    name: 'PostgreSQL',
    command: [join(import.meta.dirname, 'database.ts'), join(folder, 'server')],
    cores: layout.database,
    ipc: true,
  })
  const { port } = await child.next(isListening, databaseTimeoutMs)
  return `postgres://postgres@127.0.0.1:${port}/postgres`
}
