import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { expect, it } from 'vitest'

import { createDatabase, type DatabaseSettings } from '../../../core/database.ts'
import { startCuttableProxy } from '../../helpers/cuttable-proxy.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { startLedger } from './started-ledger.ts'
import { usageRecord } from './usage-record.ts'

const WRITER = new URL('./children/ledger-writer.ts', import.meta.url).pathname
const KILLS = 6

describeDatabases((kind) => {
  it(`has every row exactly once after ${KILLS} writers were killed under load`, async () => {
    const settings: DatabaseSettings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
    const dataFolder = mkdtempSync(join(tmpdir(), 'tapgate-kill-'))
    const notes = join(dataFolder, 'notes')
    const database = createDatabase(settings)
    await database.open()
    const writers: ChildProcess[] = []
    const start = (): void => {
      const args = [WRITER, JSON.stringify(settings), dataFolder, notes]
      writers.push(spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] }))
    }

    // Two write side by side; each that is killed is followed by another one.
    start()
    start()
    for (let kills = 0; kills < KILLS; kills++) {
      await growth(notes, 2000)
      await sleep(Math.random() * 300)
      const writer = writers.shift()
      writer?.kill('SIGKILL')
      if (writer) await once(writer, 'exit')
      if (kills < KILLS - 2) start()
    }
    expect(readdirSync(join(dataFolder, 'spool')).length).toBeGreaterThan(0)

    const ledger = await startLedger(createDatabase(settings), dataFolder)
    await ledger.stop()
    expect(readdirSync(join(dataFolder, 'spool'))).toEqual([])

    // A kill can tear the note itself, where it lies on two pages of the file.
    const noted = readFileSync(notes, 'utf8').match(/req_[0-9a-f]{32}/g) ?? []
    const rows = await database.query<{ request_id: string; label: string }>(
      'select request_id, label from requests where tokens_input = 1',
    )
    const stored = new Set(rows.map((row) => row.request_id))
    expect(stored.size).toBe(rows.length)
    expect(noted.filter((id) => !stored.has(id))).toEqual([])
    // A writer may be killed before it notes the twenty rows that it has just committed.
    expect(rows.length - noted.length).toBeLessThanOrEqual(KILLS * 20)
    expect(rows.every((row) => row.label === 'größe')).toBe(true)
    await database.close()
    rmSync(dataFolder, { recursive: true, force: true })
  }, 120_000)
})

it('has every row exactly once when its connection breaks again and again', async () => {
  const { url = '' } = await makeTestDatabase('postgres')
  const address = new URL(url)
  await using proxy = await startCuttableProxy(address.hostname, Number(address.port))
  address.port = String(proxy.port)
  const dataFolder = mkdtempSync(join(tmpdir(), 'tapgate-cut-'))
  const ledger = await startLedger(createDatabase({ url: address.href, folder: '' }), dataFolder)
  const kept: string[] = []
  for (let cuts = 0; cuts < 5; cuts++) {
    for (let count = 0; count < 2000; count++) {
      const record = usageRecord()
      ledger.usage(record)
      kept.push(record.requestId)
      if (count % 20 === 0) await sleep(1)
      if (count === 1000) proxy.mend()
    }
    proxy.cut()
  }
  proxy.mend()
  await ledger.stop()

  const database = createDatabase({ url, folder: '' })
  const rows = await database.query<{ request_id: string }>('select request_id from requests')
  await database.close()
  expect(rows.map((row) => row.request_id).toSorted()).toEqual(kept.toSorted())
  expect(readdirSync(join(dataFolder, 'spool'))).toEqual([])
  rmSync(dataFolder, { recursive: true, force: true })
})

/** Waits until so many more bytes are in the file. */
async function growth(file: string, bytes: number): Promise<void> {
  const size = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const before = size()
  while (size() < before + bytes) await sleep(5)
}
