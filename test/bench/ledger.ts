/** `npm run bench:ledger`: measures reports and lists over millions of requests, and what storing them costs. */
import { rmSync } from 'node:fs'
import { chmod, mkdtemp, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Command, InvalidArgumentError } from 'commander'

import { createDatabase, type DatabaseSettings } from '../../core/database.ts'
import { startPostgres, type PostgresServer } from '../helpers/postgres-server.ts'
import { killChildren, startChild, stopChildren, type Child } from './children.ts'
import { worstDeviation } from './ledger/exactness.ts'
import {
  isLoopDelay,
  isRolledUp,
  isWritten,
  type LoopDelay,
  type Written,
} from './ledger/messages.ts'
import { fullPlan, quickPlan, type Plan } from './ledger/plan.ts'
import { questionsOf, time, type Timing } from './ledger/reports.ts'
import { seed } from './ledger/seed.ts'
import { inspectMachine } from './machine.ts'
import { isListening } from './messages.ts'
import { formatVerdicts, type Verdict } from './report/goals.ts'
import { formatNumber, formatTable } from './report/table.ts'

const DAY_MS = 86_400_000
/** Millions of rows are added up in this time, also on a slow machine. */
const longestMs = 7_200_000

const flags = new Command('bench:ledger')
  .description('Measures reports and lists over millions of requests, and what storing them costs.')
  .option('--quick', 'few rows, in under a minute; judges nothing but exactness')
  .option('--rows <count>', 'requests in PostgreSQL instead of 10,000,000', toCount)
  .parse(process.argv)
  .opts<{ quick?: true; rows?: number }>()
const plan: Plan = {
  ...(flags.quick ? quickPlan : fullPlan),
  ...(flags.rows !== undefined && { rows: flags.rows }),
}

let postgres: PostgresServer | undefined
const folder = await mkdtemp(join(tmpdir(), 'tapgate-bench-ledger-'))
// PostgreSQL may run as another user and has to get to its part of the folder.
await chmod(folder, 0o755)
process.on('exit', () => {
  killChildren()
  rmSync(folder, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => void stopAll().then(() => process.exit(130)))
}

try {
  process.exitCode = await run()
} catch (error) {
  print(`\nThe benchmark failed. ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
} finally {
  await stopAll()
}

async function stopAll(): Promise<void> {
  await stopChildren()
  await postgres?.stop()
  postgres = undefined
}

/** Measures, prints, keeps; returns the exit code. */
async function run(): Promise<number> {
  const machine = inspectMachine()
  print(`Node ${machine.node}, ${machine.cores} cores of ${machine.processor}\n`)
  postgres = await startPostgres(join(folder, 'postgres'))
  const server = await measure({ url: await postgres.createDatabase(), folder: '' }, plan.rows)
  const embedded = await measure({ folder: join(folder, 'embedded') }, plan.embeddedRows)
  const verdicts = [...judge(server, 300), ...judge(embedded, 500)]
  print(formatVerdicts(verdicts, !flags.quick))
  if (Object.keys(flags).length === 0) {
    const file = new URL('results/ledger.json', import.meta.url)
    await mkdir(new URL('.', file), { recursive: true })
    const kept = { date: new Date().toISOString(), machine, plan, server, embedded, verdicts }
    await writeFile(file, `${JSON.stringify(kept, undefined, 2)}\n`)
    print(`\nWritten to ${file.pathname}\n`)
  }
  const judged = verdicts.filter(({ title }) => !flags.quick || title.includes('percentile'))
  return judged.every(({ isMet }) => isMet) ? 0 : 1
}

interface Measured {
  readonly home: string
  readonly rows: number
  readonly seedSeconds: number
  readonly startSeconds: number
  readonly rollUpMsPerHour: number
  readonly timings: readonly Timing[]
  /** While rolling up, and while reporting. */
  readonly rollUpDelay: LoopDelay
  readonly reportDelay: LoopDelay
  readonly worstDeviation: number
  /** Only of a real PostgreSQL, which other processes can reach beside the gateway. */
  readonly written?: Written
}

async function measure(settings: DatabaseSettings, rows: number): Promise<Measured> {
  const home = settings.url ? 'PostgreSQL' : 'the embedded database'
  const end = new Date()
  const dataFolder = settings.url ? join(folder, 'data') : settings.folder
  const database = createDatabase({ ...settings, mode: 'attach' })
  await database.open()
  const seedSeconds = await secondsOf(() => seed(database, { rows, days: plan.days, end }))
  print(`\n${formatNumber(rows, 0)} requests in ${home}: made in ${seedSeconds.toFixed(1)} s`)
  if (!settings.url) await database.close()

  let gateway: Child | undefined
  let url = ''
  const startSeconds = await secondsOf(async () => {
    const command = ['test/bench/ledger/gateway.ts', JSON.stringify(settings), dataFolder]
    gateway = startChild({ name: 'gateway', command, cores: [], ipc: true })
    url = `http://127.0.0.1:${(await gateway.next(isListening, longestMs)).port}`
  })
  if (!gateway) throw new Error('There is no gateway.')
  gateway.send({ kind: 'watch' })
  gateway.send({ kind: 'roll-up' })
  const rollUpMsPerHour = (await gateway.next(isRolledUp, longestMs)).ms / (plan.days * 24)
  const rollUpDelay = await delayOf(gateway)
  print(`, taken over in ${startSeconds.toFixed(1)} s`)
  print(
    `, added up in ${rollUpMsPerHour.toFixed(1)} ms for each of their ${formatNumber(plan.days * 24, 0)} hours\n`,
  )

  const window = {
    start_time_us: (Math.floor(end.getTime() / DAY_MS) - 30) * DAY_MS * 1000,
    end_time_us: end.getTime() * 1000,
  }
  gateway.send({ kind: 'watch' })
  const timings: Timing[] = []
  for (const question of questionsOf(window)) timings.push(await time(url, question, plan.runs))
  const reportDelay = await delayOf(gateway)
  print(formatTimings(timings))
  const reader = settings.url ? database : createDatabase({ ...settings, mode: 'attach' })
  const deviation = await worstDeviation(reader, url, window)
  if (!settings.url) await reader.close()
  await stopChildren()
  const written = settings.url ? await write(settings, dataFolder) : undefined
  if (settings.url) await database.close()
  return {
    home,
    rows,
    seedSeconds,
    startSeconds,
    rollUpMsPerHour,
    timings,
    rollUpDelay,
    reportDelay,
    worstDeviation: deviation,
    ...(written && { written }),
  }
}

async function delayOf(gateway: Child): Promise<LoopDelay> {
  const told = gateway.next(isLoopDelay, longestMs)
  gateway.send({ kind: 'tell-delay' })
  return told
}

async function write(settings: DatabaseSettings, dataFolder: string): Promise<Written> {
  const { rowsPerSecond, seconds } = plan.writing
  const place = [JSON.stringify(settings), dataFolder]
  const command = ['test/bench/ledger/writer.ts', ...place, String(rowsPerSecond), String(seconds)]
  const writer = startChild({ name: 'writer', command, cores: [], ipc: true })
  const written = await writer.next(isWritten, longestMs)
  await stopChildren()
  return written
}

function judge(measured: Measured, goalMs: number): readonly Verdict[] {
  const { home, timings, written } = measured
  const atMost = (title: string, goal: number, value: number): Verdict => {
    return { title, bound: 'at most', goal, measured: value, isMet: value <= goal }
  }
  return [
    ...timings.map(({ title, p95Ms }) => atMost(`${title}, p95 ms, ${home}`, goalMs, p95Ms)),
    atMost(`off the exact percentile, %, ${home}`, 2, measured.worstDeviation * 100),
    ...(written
      ? [
          {
            title: 'rows a second, stored by one worker',
            bound: 'at least' as const,
            goal: plan.writing.rowsPerSecond * 0.99,
            measured: written.rows / (written.seconds + written.drainMs / 1000),
            isMet: written.drainMs < 1000,
          },
          atMost('… with a share of one core, %', 5, shareOfCore(written)),
        ]
      : [
          atMost(`event loop held by reports, ms, ${home}`, 20, measured.reportDelay.mostMs),
          atMost(`event loop held by adding up, ms, ${home}`, 20, measured.rollUpDelay.mostMs),
        ]),
  ]
}

function shareOfCore({ cpuSeconds, seconds, drainMs }: Written): number {
  return (cpuSeconds / (seconds + drainMs / 1000)) * 100
}

function formatTimings(timings: readonly Timing[]): string {
  const rows = timings.map(({ title, medianMs, p95Ms, kilobytes }) => [
    title,
    formatNumber(medianMs, 1),
    formatNumber(p95Ms, 1),
    formatNumber(kilobytes, 1),
  ])
  return formatTable([['', 'median ms', 'p95 ms', 'KB'], ...rows])
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

function toCount(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1000) return count
  throw new InvalidArgumentError('A whole number from 1,000 is wanted.')
}

function print(text: string): void {
  process.stdout.write(text)
}
