import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { findPort } from '../../helpers/find-port.ts'
import { startChild, type Child } from '../children.ts'
import { CONNECT_LIMIT_MS, isMcpCosts, isMcpListening } from '../mcp/protocol.ts'
import { readBusySeconds } from '../measure/core-usage.ts'
import { readCpuSeconds } from '../measure/process-usage.ts'
import { startDatabase } from '../peers/tapgate.ts'
import { waitReady } from '../peers/wait-ready.ts'
import type { Plan } from '../plan.ts'
import type { Metric, Scenario, Stage } from './scenario.ts'

const STARTING_TAKES_AT_MOST_MS = 10_000
const MEASURING_TAKES_AT_MOST_MS = 180_000

/** A tool called through a gateway of its own and directly, and lists of 1,000 tools beside a dead server. */
export function mcp({ mcp: plan }: Plan): Scenario {
  return {
    name: 'mcp',
    title: 'MCP: a tool call side by side, 50 servers with 20 tools each, one that is silent',
    rounds: plan.rounds,
    without: ['direct', 'bare', 'portkey'],
    metrics: [
      metric('directP50Ms', 'a call made directly, p50 ms', 3),
      metric('addedP50Ms', 'the gateway adds, p50 ms', 3),
      metric('directSessionP50Ms', 'in a session of 2025, directly, p50 ms', 3),
      metric('addedSessionP50Ms', 'the gateway adds there, p50 ms', 3),
      metric('listP50Ms', 'list of 1,000 tools, p50 ms', 1),
      metric('firstListMs', `first list, a server silent (limit ${CONNECT_LIMIT_MS} ms), ms`, 0),
      metric('slowestListMs', 'slowest list after it, ms', 0),
    ],
    async measure(_peer, stage) {
      const { layout } = stage
      const server = startChild({
        name: 'The MCP server',
        command: [join(import.meta.dirname, '../mcp/server.ts')],
        cores: layout.mock,
        ipc: true,
      })
      const { port, silentPort } = await server.next(isMcpListening, STARTING_TAKES_AT_MOST_MS)
      const url = `http://127.0.0.1:${port}/mcp`
      const gateway = await startGateway(stage, url, `http://127.0.0.1:${silentPort}/mcp`)
      const meter = startChild({
        name: 'The MCP client',
        command: [join(import.meta.dirname, '../mcp/measure.ts')],
        cores: layout.load[0] ?? [],
        ipc: true,
      })
      const startedMark = performance.now()
      const busyBefore = readBusySeconds(layout.gateway)
      const cpuBefore = readCpuSeconds(gateway.child.pid)
      const told = meter.next(isMcpCosts, MEASURING_TAKES_AT_MOST_MS)
      const { key } = gateway
      meter.send({ kind: 'measure-mcp', ...plan, gateway: gateway.url, server: url, key })
      const { kind: _kind, ...costs } = await told
      const own = readCpuSeconds(gateway.child.pid) - cpuBefore
      const others = readBusySeconds(layout.gateway) - busyBefore - own
      stage.noteDisturbance((others * 1_000) / (performance.now() - startedMark))
      for (const child of [meter, gateway.child, server]) child.end()
      return costs
    },
  }
}

async function startGateway(
  { layout }: Stage,
  server: string,
  silence: string,
): Promise<{ child: Child; url: string; key: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tapgate-bench-mcp-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  // PostgreSQL may run as another user and has to get to its part of the folder.
  await chmod(folder, 0o755)
  const databaseUrl = await startDatabase(layout, join(folder, 'database'))
  const port = await findPort()
  const key = `sk-prod-${randomBytes(32).toString('hex')}`
  const child = startChild({
    name: 'The gateway with MCP servers',
    command: ['config/start.mjs'],
    cores: layout.gateway,
    environment: {
      PORT: String(port),
      HOST: '127.0.0.1',
      TAPGATE_DATA: join(folder, 'tapgate'),
      DATABASE_URL: databaseUrl,
      TAPGATE_CONFIG: join(import.meta.dirname, '../mcp/gateway.config.ts'),
      TAPGATE_KEY: key,
      LOG_LEVEL: 'warn',
      BENCH_SERVER: server,
      BENCH_SILENCE: silence,
    },
  })
  const url = `http://127.0.0.1:${port}`
  await waitReady(child, `${url}/readyz`)
  return { child, url, key }
}

function metric(key: string, title: string, digits: number): Metric {
  return { key, title, digits, hasRatio: false }
}
