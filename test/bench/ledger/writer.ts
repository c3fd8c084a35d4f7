/**
 * One worker that stores usage at a steady rate, as the ledger of a gateway does:
 * `node writer.ts <database settings as JSON> <data folder> <rows a second> <seconds>`.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { createDatabase } from '../../../core/database.ts'
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
}))
const rows = rowsPerSecond * seconds
await sleep(500)

const cpu = process.cpuUsage()
const started = performance.now()
for (let given = 0; given < rows;) {
  const due = Math.floor(((performance.now() - started) / 1000) * rowsPerSecond)
  for (; given < Math.min(due, rows); given++) {
    const record = records[given % records.length]
    const id = given.toString(16).padStart(32, '0')
    if (record) ledger.usage({ ...record, requestId: `req_${id}`, startedAt: Date.now() })
  }
  await sleep(tickMs)
}
const given = performance.now()
await ledger.stop()
const { user, system } = process.cpuUsage(cpu)
tellRun({
  kind: 'written',
  rows,
  seconds: (given - started) / 1000,
  cpuSeconds: (user + system) / 1e6,
  drainMs: performance.now() - given,
} satisfies Written)
process.disconnect?.()
