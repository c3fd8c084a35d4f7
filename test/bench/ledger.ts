/** `npm run bench:ledger`: measures reports and lists over millions of requests, and what storing them costs. */
import { rmSync } from 'node:fs'
import { chmod, mkdtemp, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Command, InvalidArgumentError } from 'commander'

import { createDatabase, type DatabaseSettings } from '../../core/database.ts'
import { startPostgres, type PostgresServer } from '../helpers/postgres-server.ts'
import { C_LIBRARY, NODE_FLAGS } from '../helpers/start-settings.ts'
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
import { questionsOf, time, type Timing, warmUps } from './ledger/reports.ts'
import { keptPast, seed } from './ledger/seed.ts'
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
  .option(
    '--folder <path>',
    'where PostgreSQL keeps its requests, to be used again by the next run',
  )
  .parse(process.argv)
  .opts<{ quick?: true; rows?: number; folder?: string }>()
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
  if (flags.folder !== undefined) await mkdir(flags.folder, { recursive: true, mode: 0o755 })
  postgres = await startPostgres(join(flags.folder ?? folder, 'postgres'))
  const url = await postgres.createDatabase('ledger')
  const server = await measure({ url, folder: '' }, plan.rows)
  const embedded = await measure({ folder: join(folder, 'embedded') }, plan.embeddedRows)
  const verdicts = [...judge(server, 300), ...judge(embedded, 500)]
  print(formatVerdicts(verdicts, !flags.quick))
  if (!flags.quick && flags.rows === undefined) {
    const file = new URL('results/ledger.json', import.meta.url)
    await mkdir(new URL('.', file), { recursive: true })
    const kept = { date: new Date().toISOString(), machine, plan, server, embedded, verdicts }
    await writeFile(file, `${JSON.stringify(kept, undefined, 2)}\n`)
    print(`\nWritten to ${file.pathname}\n`)
  }
  const judged = verdicts.filter(({ title }) => !flags.quick || title.includes('percentile'))
  return judged.every(({ isMet }) => isMet) ? 0 : 1
}

/** The answers to one question in a round, and what the gateway's event loop had of it. */
interface Answer extends Timing {
  readonly delay: LoopDelay
}

interface Measured {
  readonly home: string
  readonly rows: number
  readonly seedSeconds: number
  readonly startSeconds: number
  readonly rollUpMsPerHour: number
  readonly answers: readonly Answer[]
  readonly rollUpDelay: LoopDelay
  readonly worstDeviation: number
  /** Only of a real PostgreSQL, which other processes can reach beside the gateway. */
  readonly written?: Written
}

async function measure(settings: DatabaseSettings, rows: number): Promise<Measured> {
  const home = settings.url ? 'PostgreSQL' : 'the embedded database'
  const dataFolder = settings.url ? join(folder, 'data') : settings.folder
  const database = createDatabase({ ...settings, mode: 'attach' })
  await database.open()
  const { days } = plan
  const kept = await keptPast(database, { rows, days })
  const { end } = kept ?? { end: new Date() }
  const seedSeconds = await secondsOf(async () => kept ?? seed(database, { rows, days, end }))
  print(`\n${formatNumber(rows, 0)} requests in ${home}: made in ${seedSeconds.toFixed(1)} s`)
  if (!settings.url) await database.close()

  let gateway: Child | undefined
  let url = ''
  const startSeconds = await secondsOf(async () => {
    const place = [JSON.stringify(settings), dataFolder]
    const command = [...NODE_FLAGS, 'test/bench/ledger/gateway.ts', ...place]
    gateway = startChild({ name: 'gateway', command, cores: [], environment: C_LIBRARY, ipc: true })
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
  const answers: Answer[] = []
  for (const question of questionsOf(window)) {
    const rounds: Answer[] = []
    for (let round = 0; round < plan.rounds; round++) {
      gateway.send({ kind: 'watch' })
      const timing = await time(url, question, plan.runs)
      rounds.push({ ...timing, delay: await delayOf(gateway) })
    }
    answers.push(bestOf(rounds))
  }
  print(formatAnswers(answers))
  const reader = settings.url ? database : createDatabase({ ...settings, mode: 'attach' })
  const deviation = await worstDeviation(reader, url, window)
  if (!settings.url) await reader.close()
  await stopChildren()
  const written = settings.url ? await write(settings, dataFolder) : undefined
  if (written) print(formatWritten(written))
  if (settings.url) await database.close()
  return {
    home,
    rows,
    seedSeconds,
    startSeconds,
    rollUpMsPerHour,
    answers,
    rollUpDelay,
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
  const { home, answers, rollUpDelay, written } = measured
  const atMost = (title: string, goal: number, value: number): Verdict => {
    return { title, bound: 'at most', goal, measured: value, isMet: value <= goal }
  }
  return [
    ...answers.map(({ title, p95Ms }) => atMost(`${title}, p95 ms, ${home}`, goalMs, p95Ms)),
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
          atMost('… with a share of one core, %', 5, storingShare(written)),
        ]
      : [
          atMost(`event loop held by reports, CPU ms, ${home}`, 20, longestTurn(answers)),
          atMost(`event loop held by adding up, CPU ms, ${home}`, 20, rollUpDelay.mostCpuMs),
        ]),
  ]
}

/** Of a core, in percent: what storing costs, without the loop that makes the rows. */
function storingShare({ cpuSeconds, idleCpuSeconds, seconds, drainMs }: Written): number {
  return ((cpuSeconds - idleCpuSeconds) / (seconds + drainMs / 1000)) * 100
}

function formatWritten({ rows, seconds, cpuSeconds, idleCpuSeconds, drainMs }: Written): string {
  const share = (cpu: number): string => `${formatNumber((cpu / seconds) * 100, 2)} %`
  return (
    `${formatNumber(rows, 0)} rows stored in ${seconds.toFixed(1)} s, the last ${drainMs.toFixed(0)} ms later: ` +
    `${share(cpuSeconds)} of a core, and ${share(idleCpuSeconds)} when nobody stores them\n`
  )
}

/** The fastest round, and the shortest turns of any. */
function bestOf(rounds: readonly Answer[]): Answer {
  const [fastest, ...others] = rounds.toSorted((a, b) => a.p95Ms - b.p95Ms)
  if (!fastest) throw new Error('There is no round.')
  const delays = [fastest, ...others].map(({ delay }) => delay)
  const [delay = fastest.delay] = delays.toSorted((a, b) => a.mostCpuMs - b.mostCpuMs)
  return { ...fastest, delay }
}

function longestTurn(answers: readonly Answer[]): number {
  return Math.max(...answers.map(({ delay }) => delay.mostCpuMs))
}

function formatAnswers(answers: readonly Answer[]): string {
  const rows = answers.map(({ title, medianMs, p95Ms, kilobytes, delay }) => [
    title,
    formatNumber(medianMs, 1),
    formatNumber(p95Ms, 1),
    formatNumber(delay.cpuMs / (plan.runs + warmUps), 1),
    formatNumber(delay.mostMs, 1),
    formatNumber(delay.mostCpuMs, 1),
    formatNumber(kilobytes, 1),
  ])
  const titles = ['', 'median ms', 'p95 ms', 'CPU ms', 'loop held ms', 'of it CPU ms', 'KB']
  return formatTable([titles, ...rows])
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
