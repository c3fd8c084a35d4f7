import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createLogger } from '../../../core/logger.ts'
import type { RowGroup } from '../../../plugins/usage/ledger/row-group.ts'
import { nextSegmentName } from '../../../plugins/usage/ledger/segment-owner.ts'
import { createSpool, type Spool } from '../../../plugins/usage/ledger/spool.ts'

const WRITER = new URL('./children/spool-writer.ts', import.meta.url).pathname

let folder: string
let logs: string[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapgate-spool-'))
  logs = []
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function openSpool(at = folder): Spool {
  const stream = new Writable({
    write(line, _encoding, done) {
      logs.push(String(line))
      done()
    },
  })
  return createSpool(at, createLogger('debug', stream))
}

const BATCH_BYTES = 64 * 1024

/** All rows that wait, stored one batch after the other. */
async function drain(spool: Spool, bytes = BATCH_BYTES): Promise<string[]> {
  const stored: string[] = []
  for await (const texts of spool.batches(bytes)) stored.push(...texts.map(String))
  return stored
}

/** A group of one row. */
const one = (text: string): RowGroup => ({ text, count: 1 })

const row = (index: number, padding = 0): string =>
  JSON.stringify({ index, padding: '.'.repeat(padding) })

const rowsUpTo = (count: number): string[] => Array.from({ length: count }, (_, i) => row(i))

describe('the spool', () => {
  it('has a row in a file before it returns', () => {
    openSpool().append(one(row(7)))
    const [file = ''] = readdirSync(folder)
    expect(readFileSync(join(folder, file), 'utf8')).toContain(row(7))
  })

  it('gives the rows back in the order in which they came', async () => {
    const spool = openSpool()
    for (const text of rowsUpTo(1234)) spool.append(one(text))
    expect(await drain(spool)).toEqual(rowsUpTo(1234))
    expect(spool.isEmpty()).toBe(true)
    expect(await drain(spool)).toEqual([])
  })

  it('gives all of them back when more come than it remembers, again and again', async () => {
    const spool = openSpool()
    for (let round = 0; round < 3; round++) {
      const rows = Array.from({ length: 300 }, (_, index) => row(index, 20_000))
      for (const text of rows.slice(0, 150)) spool.append(one(text))
      const some: string[] = []
      for await (const batch of spool.batches(1_300_000)) {
        some.push(...batch.map(String))
        if (some.length > batch.length) continue
        for (const text of rows.slice(150)) spool.append(one(text))
      }
      expect([...some, ...(await drain(spool))]).toEqual(rows)
    }
  })

  it('gives a batch again until the next one was asked for', async () => {
    const spool = openSpool()
    for (const text of rowsUpTo(3)) spool.append(one(text))
    for (let times = 0; times < 2; times++) {
      await expect(async () => {
        for await (const texts of spool.batches(90)) {
          expect(texts.map(String)).toEqual(rowsUpTo(2))
          throw new Error('The database is away.')
        }
      }).rejects.toThrow('away')
    }
    expect(await drain(spool)).toEqual(rowsUpTo(3))
  })

  it('leaves rows that come while it is read to the next time', async () => {
    const spool = openSpool()
    spool.append(one(row(0)))
    for await (const texts of spool.batches(BATCH_BYTES)) {
      expect(texts.map(String)).toEqual([row(0)])
      spool.append(one(row(1)))
    }
    expect(await drain(spool)).toEqual([row(1)])
  })

  it('reads a row that is larger than what is read at once', async () => {
    const spool = openSpool()
    const rows = [row(0), row(1, 2_000_000), row(2)]
    for (const text of rows) spool.append(one(text))
    expect(await drain(spool)).toEqual(rows)
  })

  it('gives the disk back as the rows are stored', async () => {
    const spool = openSpool()
    for (let index = 0; index < 40; index++) spool.append(one(row(index, 1_000_000)))
    expect(readdirSync(folder).length).toBeGreaterThan(2)
    expect(await drain(spool)).toHaveLength(40)
    expect(readdirSync(folder)).toEqual([])
  })

  it('leaves what was not stored to the next process, also to one with the same pid', async () => {
    const first = openSpool()
    for (const text of rowsUpTo(10)) first.append(one(text))
    first.close()
    const second = openSpool()
    second.adopt()
    expect(second.isEmpty()).toBe(false)
    expect(await drain(second)).toEqual(rowsUpTo(10))
    second.close()
    expect(readdirSync(folder)).toEqual([])
  })
})

describe('the segments of other processes', () => {
  it('are taken over when the process was killed', async () => {
    const { pid } = spawnSync(process.execPath, [WRITER, folder, '25', 'die'])
    expect(readdirSync(folder)[0]).toContain(`-${pid}-`)
    const spool = openSpool()
    spool.adopt()
    expect(await drain(spool)).toEqual(rowsUpTo(25))
    expect(readdirSync(folder)).toEqual([])
  })

  it('are left alone while the process lives', async () => {
    const child = spawn(process.execPath, [WRITER, folder, '25', 'live'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    const spool = openSpool()
    spool.adopt()
    expect(spool.isEmpty()).toBe(true)
    expect(readdirSync(folder)).toHaveLength(1)

    child.kill('SIGKILL')
    await once(child, 'exit')
    spool.adopt()
    expect(await drain(spool)).toEqual(rowsUpTo(25))
  })

  it('are taken over from a dead process whose pid another one has now', async () => {
    const [stamp, pid, start, place] = nextSegmentName().split('-')
    openSpool().append(one(row(1)))
    const [name = ''] = readdirSync(folder)
    const bytes = readFileSync(join(folder, name))
    writeFileSync(join(folder, `${stamp}-${pid}-${Number(start) - 1}-${place}`), bytes)
    const spool = openSpool()
    spool.adopt()
    expect(await drain(spool)).toEqual([row(1)])
  })

  it('are taken over from another machine when it has shown no life for a minute', async () => {
    const written = openSpool()
    written.append(one(row(1)))
    const [name = ''] = readdirSync(folder)
    const foreign = join(folder, name.replace(/-[0-9a-f]+\.rows$/, '-0.rows'))
    writeFileSync(foreign, readFileSync(join(folder, name)))
    written.close()

    const spool = openSpool()
    spool.adopt()
    expect(statSync(foreign).isFile()).toBe(true)

    const anHourAgo = new Date(Date.now() - 3_600_000)
    utimesSync(foreign, anHourAgo, anHourAgo)
    spool.adopt()
    expect(await drain(spool)).toContain(row(1))
  })

  it('are stored but for a torn last line, which is counted in the log', async () => {
    spawnSync(process.execPath, [WRITER, folder, '25', 'die'])
    const [name = ''] = readdirSync(folder)
    appendFileSync(join(folder, name), '0badc0de {"index":')
    const spool = openSpool()
    spool.adopt()
    expect(await drain(spool)).toEqual(rowsUpTo(25))
    expect(logs.join('')).toContain('"damagedCount":1')
  })

  it('do not lose a row of a process that was only thought dead', async () => {
    const paused = openSpool()
    paused.append(one(row(1)))
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
    paused.append(one(row(2)))
    expect(await drain(paused)).toEqual([row(1), row(2)])

    paused.adopt()
    paused.append(one(row(3)))
    expect(readdirSync(folder)).toHaveLength(1)
    expect(await drain(paused)).toEqual([row(3)])
  })
})

describe('a disk that refuses', () => {
  it('is told in the log, and the rows wait in memory', async () => {
    const notAFolder = join(folder, 'file')
    writeFileSync(notAFolder, '')
    const spool = openSpool(notAFolder)
    for (const text of rowsUpTo(600)) spool.append(one(text))
    expect(logs.filter((line) => line.includes('cannot be written'))).toHaveLength(1)
    expect(await drain(spool)).toEqual(rowsUpTo(600))
    expect(spool.isEmpty()).toBe(true)
  })

  it('costs rows only when the memory is used up too, and then they are counted', async () => {
    const notAFolder = join(folder, 'file')
    writeFileSync(notAFolder, '')
    const spool = openSpool(notAFolder)
    const text = 'x'.repeat(1024 * 1024)
    for (let count = 0; count < 37; count++) spool.append({ text, count: 3 })
    expect(await drain(spool)).toHaveLength(32)
    expect(logs.join('')).toContain('"lostCount":15')
  })

  it('may take a part of a line: it is left out, and no row is lost or doubled', () => {
    const script = `trap '' XFSZ; ulimit -f 8; exec "${process.execPath}" "${WRITER}" "${folder}" 400 drain`
    const { stdout } = spawnSync('bash', ['-c', script], { encoding: 'utf8' })
    expect(stdout.trim().split('\n')).toEqual(rowsUpTo(400))
  })
})
