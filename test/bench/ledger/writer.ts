/**
 * One worker that stores usage at a steady rate, as the ledger of a gateway does:
 * `node writer.ts <database settings as JSON> <data folder> <rows a second> <seconds>`.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import type { UsageRecord } from '#core'

import { createDatabase } from '../../../core/database.ts'
import { newRequestId } from '../../../core/ids.ts'
import { startLedger } from '../../plugins/usage/started-ledger.ts'
import { usageRecord } from '../../plugins/usage/usage-record.ts'
import { endWithRun, tellRun } from '../messages.ts'
import type { Written } from './messages.ts'

const tickMs = 10
const [settings = '{}', dataFolder = '', rate = '', length = ''] = process.argv.slice(2)
const [rowsPerSecond, seconds] = [Number(rate), Number(length)]
endWithRun()
const ledger = await startLedger(createDatabase(JSON.parse(settings)), dataFolder)

// Made beforehand, for in a gateway it is not the ledger that makes them.
const records = Array.from({ length: 1000 }, (_, index) => ({
  ...usageRecord(),
  traceId: `written-${index >> 1}`,
  threadId: `written-${index >> 2}`,
  runId: `written-${index >> 4}`,
  userId: `user-${index}`,
  attempts: [
    { provider: 'openai', model: 'gpt-4o', startedAt: Date.now(), durationMs: 2.4, status: 200 },
  ],
  prices: {
    input: 2.5,
    output: 10,
    cachedInput: 1.25,
    cacheWrite: 2.5,
    cacheWrite1h: 2.5,
    audioInput: 2.5,
    audioOutput: 10,
    perRequest: 0,
  },
}))
let made = 0

/** Gives records at the rate, for so many seconds; tells the CPU seconds of this process, all its threads. */
async function give(take: (record: UsageRecord) => void, forSeconds: number): Promise<number> {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const rows = rowsPerSecond * forSeconds
  for (let given = 0; given < rows;) {
    const due = Math.floor(((performance.now() - started) / 1000) * rowsPerSecond)
    for (; given < Math.min(due, rows); given++) {
      const record = records[made++ % records.length]
      if (record) take({ ...record, requestId: newRequestId(), startedAt: Date.now() })
    }
    await sleep(tickMs)
  }
  return secondsOf(process.cpuUsage(cpu))
}

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6
}

// What runs for the first time is compiled.
const warmUpSeconds = Math.min(3, seconds)
let last: UsageRecord | undefined
await give((record) => (last = record), warmUpSeconds)
await give((record) => ledger.usage(record), warmUpSeconds)
const idleCpuSeconds = await give((record) => (last = record), seconds)

const started = performance.now()
const givingCpuSeconds = await give((record) => ledger.usage(record), seconds)
const given = performance.now()
const cpu = process.cpuUsage()
await ledger.stop()
tellRun({
  kind: 'written',
  rows: rowsPerSecond * seconds,
  seconds: (given - started) / 1000,
  cpuSeconds: givingCpuSeconds + secondsOf(process.cpuUsage(cpu)),
  idleCpuSeconds,
  drainMs: performance.now() - given,
} satisfies Written)
if (last) process.disconnect?.()
