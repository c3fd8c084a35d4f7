// Keeps usage records as fast as it can until it is killed. What the ledger took is noted in a file.
import { openSync, writeSync } from 'node:fs'

import { createDatabase } from '../../../../core/database.ts'
import { startLedger } from '../started-ledger.ts'
import { usageRecord } from '../usage-record.ts'

const [, , settings = '', dataFolder = '', notes = ''] = process.argv
const ledger = await startLedger(createDatabase(JSON.parse(settings)), dataFolder)
const file = openSync(notes, 'a')

for (;;) {
  const records = Array.from({ length: 20 }, () => usageRecord())
  for (const record of records) ledger.usage(record)
  await ledger.committed()
  writeSync(file, records.map(({ requestId }) => `${requestId}\n`).join(''))
}
