// Keeps usage records as fast as it can until it is killed. What the ledger took is noted in a file.
import { openSync, writeSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { createDatabase } from '../../../../core/database.ts'
import { startLedger } from '../started-ledger.ts'
import { usageRecord } from '../usage-record.ts'

const [, , settings = '', dataFolder = '', notes = ''] = process.argv
const ledger = await startLedger(createDatabase(JSON.parse(settings)), dataFolder)
const file = openSync(notes, 'a')

for (let count = 0; ; count++) {
  const record = usageRecord()
  ledger.usage(record)
  writeSync(file, `${record.requestId}\n`)
  if (count % 20 === 19) await nextTurn()
}
