import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createDatabase, type Database } from '../../../core/database.ts'
import { readOwner, writeOwner } from '../../../core/database/folder-owner.ts'
import type { WriterMessage } from '../../helpers/database-writer.ts'
import { makeTestDatabase } from '../../helpers/database.ts'

// Each test starts several processes, one after the other.
vi.setConfig({ testTimeout: 60_000 })

let folder: string
const opened: { close(): Promise<void> }[] = []

beforeEach(async () => {
  ;({ folder } = await makeTestDatabase('embedded'))
})

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()))
})

function database(mode: 'own' | 'attach' = 'own', dataFolder = folder): Database {
  const created = createDatabase({ folder: dataFolder, mode })
  opened.push(created)
  return created
}

describe('two gateways on one data folder', () => {
  it('refuses the second, says what to do, and loses no row of the first', async () => {
    const first = startWriter()
    await first.hasWritten(20)
    await expect(database().open()).rejects.toMatchObject({
      name: 'SetupError',
      code: 'data_folder_locked',
      message: `Another Tapgate (process ${first.process.pid}) uses ${folder}.`,
      hint: 'Stop it or set TAPGATE_DATA to another folder.',
    })
    await first.hasWritten(20)
    await first.end('SIGINT')
    expect(await rowsIn(database())).toEqual(expect.arrayContaining(first.rows))
  })

  it('lets only one of several that start at once have it', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => database().open()))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.map(({ reason }) => reason.code)).toEqual([
      'data_folder_locked',
      'data_folder_locked',
    ])
  })

  it('lets the next have it as soon as the first has closed', async () => {
    const first = database()
    await first.open()
    await first.close()
    await expect(database().open()).resolves.toBeUndefined()
  })
})

describe('a gateway that is killed', () => {
  it('loses no row that was acknowledged, and can start again at once', async () => {
    const written: string[] = []
    for (let round = 0; round < 3; round += 1) {
      const writer = startWriter()
      await writer.hasWritten(50)
      await writer.end('SIGKILL')
      written.push(...writer.rows)
    }
    expect(await rowsIn(database())).toEqual(expect.arrayContaining(written))
  })

  it('leaves nothing behind that keeps the next from starting', async () => {
    await database().open()
    await opened.pop()?.close()
    // As if the process id of the dead were another's by now.
    writeOwner(folder, {
      pid: process.ppid,
      enginePid: process.ppid,
      address: join(folder, 'gone'),
    })
    await writeFile(join(folder, '.s.PGSQL.5432'), 'left over')
    await mkdir(join(folder, 'database.new'))
    await expect(database().query('select 1 as one')).resolves.toEqual([{ one: 1 }])
  })
})

describe('a database process that dies', () => {
  it('is started again, and loses no row that was acknowledged', async () => {
    const writer = startWriter()
    for (let round = 0; round < 3; round += 1) {
      await writer.hasWritten(50)
      process.kill(readOwner(folder)?.enginePid ?? 0, 'SIGKILL')
      await writer.hasFailed()
    }
    await writer.hasWritten(50)
    await writer.end('SIGINT')
    const [failure] = writer.failures
    expect(failure).toMatchObject({
      code: 'database_unreachable',
      hint: expect.stringMatching(/again/),
    })
    expect(await rowsIn(database())).toEqual(expect.arrayContaining(writer.rows))
  })

  it('is ended by a query that breaks it, rather than answering nonsense', async () => {
    const owner = database()
    const nested = '['.repeat(200_000)
    await owner.open()
    const former = readOwner(folder)?.enginePid
    await expect(owner.query('select $1::jsonb', [nested])).rejects.toMatchObject({
      code: 'database_unreachable',
    })
    await expect
      .poll(() => owner.query('select 1 as one').catch(() => []), { timeout: 15_000 })
      .toEqual([{ one: 1 }])
    expect(readOwner(folder)?.enginePid).not.toBe(former)
  })

  it('fails the transaction it was in, not the gateway', async () => {
    const owner = database()
    await owner.query('create table rows (id text)')
    const transaction = owner.transaction(async (query) => {
      await query(`insert into rows values ('lost')`)
      const engine = readOwner(folder)?.enginePid ?? 0
      process.kill(engine, 'SIGKILL')
      await expect.poll(() => isAlive(engine)).toBe(false)
      await query(`insert into rows values ('never')`)
    })
    await expect(transaction).rejects.toMatchObject({ code: 'database_unreachable' })
    await expect
      .poll(() => owner.query('select * from rows').catch(() => ['down']), { timeout: 15_000 })
      .toEqual([])
  })
})

describe('a Ctrl-C', () => {
  it('lets the gateway write and close before the database goes', async () => {
    const writer = startWriter({ detached: true })
    await writer.hasWritten(20)
    process.kill(-Number(writer.process.pid), 'SIGINT')
    await writer.isGone
    expect(writer.failures).toEqual([])
    expect(writer.isClosed()).toBe(true)
    expect(await rowsIn(database())).toEqual(expect.arrayContaining(writer.rows))
  })
})

describe('attaching', () => {
  it('uses the database of the gateway that runs, and leaves it running', async () => {
    const owner = database()
    await owner.query('create table rows (id text)')
    const guest = database('attach')
    await guest.query(`insert into rows values ('from the guest')`)
    await guest.close()
    await expect(owner.query('select * from rows')).resolves.toEqual([{ id: 'from the guest' }])
  })

  it('keeps the transactions and the large queries of two processes apart', async () => {
    const [owner, guest] = [database(), database('attach')]
    await owner.query('create table counters (value int); insert into counters values (0)')
    const large = 'x'.repeat(300_000)
    const increment = (by: Database): Promise<object[]> =>
      by.transaction(async (query) => {
        const [row] = await query<{ value: number }>('select value from counters')
        return query('update counters set value = $1 where length($2::text) > 0', [
          Number(row?.value) + 1,
          large,
        ])
      })
    const measure = (by: Database): Promise<object[]> =>
      by.query('select length($1::text) as size', [large])
    const both = Array.from({ length: 10 }, () => [owner, guest]).flat()
    const [sizes] = await Promise.all([
      Promise.all(both.map(measure)),
      Promise.all(both.map(increment)),
    ])
    expect(sizes).toEqual(both.map(() => [{ size: large.length }]))
    await expect(guest.query('select value from counters')).resolves.toEqual([{ value: 20 }])
  })

  it('waits for a gateway that is just starting', async () => {
    const [owner, guest] = [database(), database('attach')]
    const opening = owner.open()
    await expect.poll(() => readOwner(folder), { interval: 1 }).toBeDefined()
    await guest.open()
    await opening
    await expect(guest.query('select 1 as one')).resolves.toEqual([{ one: 1 }])
  })

  it('runs the database itself when no gateway does', async () => {
    const alone = database('attach')
    await alone.open()
    expect(readOwner(folder)?.pid).toBe(process.pid)
  })

  it('says so when the gateway has stopped', async () => {
    const [owner, guest] = [database(), database('attach')]
    await owner.open()
    await guest.open()
    await owner.close()
    await expect(guest.query('select 1')).rejects.toMatchObject({
      code: 'database_unreachable',
      hint: expect.stringContaining('gateway'),
    })
  })
})

describe('the data folder', () => {
  it('is made with an empty database when it is missing, readable by its owner only', async () => {
    const missing = join(folder, 'not', 'there')
    await expect(database('own', missing).query('select 1 as one')).resolves.toEqual([{ one: 1 }])
    const modes = await Promise.all(
      ['', 'database', 'database.lock', '.s.PGSQL.5432'].map(async (name) => {
        const { mode } = await stat(join(missing, name))
        return mode & 0o077
      }),
    )
    expect(modes).toEqual([0, 0, 0, 0])
  })

  it('is not touched by a database that is never opened', async () => {
    const missing = join(folder, 'not-there')
    const unused = database('own', missing)
    await unused.close()
    await unused.close()
    expect(existsSync(missing)).toBe(false)
  })

  it('may have a path that is too long for a socket', async () => {
    const long = join(folder, 'long'.repeat(30))
    await mkdir(long)
    const owner = database('own', long)
    await owner.open()
    const address = readOwner(long)?.address ?? ''
    await expect(database('attach', long).query('select 1 as one')).resolves.toEqual([{ one: 1 }])
    await opened.pop()?.close()
    await owner.close()
    expect(existsSync(dirname(address))).toBe(false)
  })

  it('holds nothing but the database and the lock after closing', async () => {
    const owner = database()
    await owner.open()
    await owner.close()
    expect((await readdir(folder)).toSorted()).toEqual(['database', 'database.lock'])
  })

  it('is named when it cannot be used', async () => {
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(database('own', join(file, 'data')).open()).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining(join(file, 'data')),
      hint: expect.stringContaining('TAPGATE_DATA'),
    })
  })

  it('is named when what is in it is no database', async () => {
    await rm(join(folder, 'database', 'global'), { recursive: true })
    await expect(database().open()).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining(folder),
      hint: expect.stringContaining('backup'),
    })
  })
})

async function rowsIn(of: Database): Promise<string[]> {
  const rows = await of.query<{ id: string }>('select id from rows')
  return rows.map(({ id }) => id)
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

interface Writer {
  readonly process: ChildProcess
  /** The rows it was told are written. */
  readonly rows: string[]
  readonly failures: object[]
  readonly isGone: Promise<unknown>
  isClosed(): boolean
  /** Waits for so many more rows. */
  hasWritten(count: number): Promise<void>
  hasFailed(): Promise<void>
  end(signal: NodeJS.Signals): Promise<void>
}

function startWriter({ detached = false } = {}): Writer {
  const program = new URL('../../helpers/database-writer.ts', import.meta.url)
  const child = fork(program, [folder], { detached, execArgv: [] })
  const isGone = once(child, 'exit')
  const rows: string[] = []
  const failures: object[] = []
  let isClosed = false
  child.on('message', (message: WriterMessage) => {
    if (message.event === 'written') rows.push(message.row)
    if (message.event === 'failed') failures.push(message)
    if (message.event === 'closed') isClosed = true
  })

  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await once(child, 'message')
  }
  const writer: Writer = {
    process: child,
    rows,
    failures,
    isGone,
    isClosed: () => isClosed,
    hasWritten: (count) => {
      const goal = rows.length + count
      return until(() => rows.length >= goal)
    },
    hasFailed: () => {
      const before = failures.length
      return until(() => failures.length > before)
    },
    async end(signal) {
      child.kill(signal)
      await isGone
    },
  }
  opened.push({
    close: () => (child.exitCode === null ? writer.end('SIGKILL') : Promise.resolve()),
  })
  return writer
}
