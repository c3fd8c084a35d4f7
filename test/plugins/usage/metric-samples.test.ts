import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import {
  createLiveMetrics,
  definePlugin,
  type Ledger,
  type MetricName,
  type PluginEntry,
} from '#core'
import { ledger } from '#plugins/usage/ledger'

import { createDatabase, type Database, type DatabaseSettings } from '../../../core/database.ts'
import { createMetricSharing } from '../../../core/live-metrics/sharing.ts'
import { createLogger } from '../../../core/logger.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { localProvider, outOfOrder } from '../local-provider.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describeDatabases((kind) => {
  let settings: DatabaseSettings
  let database: Database
  let folder: string
  const started: TestGateway[] = []

  beforeEach(async () => {
    settings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
    database = createDatabase(settings)
    await database.open()
    folder = mkdtempSync(join(tmpdir(), 'tapgate-samples-'))
  })

  afterEach(async () => {
    for (const gateway of started.splice(0)) await gateway.stop()
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A gateway of this database with `good/x`, which answers, and `bad/x`, which fails. */
  async function start(name: string, ...plugins: PluginEntry[]): Promise<TestGateway> {
    const bad = localProvider('bad', ['x'], () => {
      throw outOfOrder()
    })
    const gateway = await startGateway({
      plugins: [ledger(), localProvider('good', ['x'], () => 'Hello.'), bad, ...plugins],
      settings: { maxRetries: 0, prices: { 'good/x': { input: 1, output: 1 } } },
      database: createDatabase(settings),
      dataFolder: join(folder, name),
    })
    started.push(gateway)
    return gateway
  }

  function read({ gateway }: TestGateway, provider: string, name: MetricName): number | null {
    const { metrics } = gateway.inference
    return metrics.of({ provider, model: 'x' }, 'last_15_minutes')?.read(name) ?? null
  }

  /** Takes rows to have been stored some time ago, so that no test has to wait until they are read. */
  const settle = (): Promise<object[]> =>
    database.query(`update requests set stored_at = stored_at - interval '1 minute'`)

  it('makes a gateway that is started anew as wise as it was', async () => {
    const before = await start('a')
    for (let count = 0; count < 3; count++) await before.chat(say('good/x', 'hi'))
    await before.chat(say('bad/x', 'hi'))
    const metrics = ['requests', 'latency', 'ttft', 'llm_usage', 'total_tokens', 'tps'] as const
    const known = metrics.map((name) => read(before, 'good', name))
    await before.stop()
    await settle()

    const after = await start('a')
    await expect.poll(() => read(after, 'good', 'requests'), { timeout: 30_000 }).toBe(3)
    metrics.forEach((name, index) =>
      expect(read(after, 'good', name)).toBeCloseTo(known[index]!, 6),
    )
    expect(read(after, 'bad', 'error_rate')).toBe(1)
  })

  it('tells a gateway what the others learned, each request once', async () => {
    let shared: Ledger | undefined
    const grab = definePlugin({
      name: 'grab',
      schema: { type: 'object', additionalProperties: false },
      setup({ services }) {
        shared = services.ledger
        return {}
      },
    })
    const [one, other] = [await start('one'), await start('other', grab())]
    await one.chat(say('good/x', 'hi'))
    await other.chat(say('good/x', 'hi'))
    await one.chat(say('bad/x', 'hi'))

    // As the other one would read it, but at a time of the test's own.
    const metrics = createLiveMetrics()
    const sharing = createMetricSharing({
      metrics,
      samples: (after) => shared!.samples!(after),
      log: createLogger('silent'),
    })
    const requests = (provider: string): number =>
      metrics.of({ provider, model: 'x' }, 'total')?.read('requests') ?? 0
    await expect
      .poll(
        async () => {
          await sharing.refresh()
          return requests('bad')
        },
        { timeout: 30_000 },
      )
      .toBe(1)
    await sharing.refresh()
    expect(requests('bad')).toBe(1)
    // Its own request is known to it already, and is not read again.
    expect(requests('good')).toBe(1)
    await sharing.stop()
  })

  it('reads page by page what many rows there are', async () => {
    const gateway = await start('a')
    await gateway.chat(say('good/x', 'hi'))
    await gateway.stop()
    await database.query(
      `insert into requests select (jsonb_populate_record(r, jsonb_build_object(
         'request_id', 'req_' || lpad(number::text, 32, '0')))).*
       from requests r, generate_series(1, 600) number`,
    )
    await settle()
    const after = await start('a')
    await expect.poll(() => read(after, 'good', 'requests'), { timeout: 30_000 }).toBe(601)
  })

  it('does without what others know while the database is away', async () => {
    const logged: string[] = []
    const sharing = createMetricSharing({
      metrics: { record: () => undefined },
      samples: () => Promise.reject(new Error('The database is away.')),
      log: { ...createLogger('silent'), debug: (message: string) => void logged.push(message) },
    })
    await expect(sharing.refresh()).rejects.toThrow('away')
    sharing.start()
    await expect.poll(() => logged).toHaveLength(1)
    await sharing.stop()
  })
})
