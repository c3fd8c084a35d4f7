import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { readOwner, writeOwner } from '../../../core/database/folder-owner.ts'
import { useEmbeddedFolder } from '../../helpers/embedded-folder.ts'

// Each test starts several processes, one after the other.
vi.setConfig({ testTimeout: 60_000 })

const data = useEmbeddedFolder()

describe('a gateway that is killed', () => {
  it('loses no row that was acknowledged, and can start again at once', async () => {
    const written: string[] = []
    for (let round = 0; round < 3; round += 1) {
      const writer = data.startWriter()
      await writer.hasWritten(50)
      await writer.end('SIGKILL')
      written.push(...writer.rows)
    }
    expect(await data.rows()).toEqual(expect.arrayContaining(written))
  })

  it('leaves nothing behind that keeps the next from starting', async () => {
    const former = data.database()
    await former.open()
    await former.close()
    // As if the process id of the dead were another's by now.
    writeOwner(data.folder, {
      pid: process.ppid,
      enginePid: process.ppid,
      address: join(data.folder, 'gone'),
    })
    await writeFile(join(data.folder, '.s.PGSQL.5432'), 'left over')
    await mkdir(join(data.folder, 'database.new'))
    await expect(data.database().query('select 1 as one')).resolves.toEqual([{ one: 1 }])
  })
})

describe('a database process that dies', () => {
  it('is started again, and loses no row that was acknowledged', async () => {
    const writer = data.startWriter()
    for (let round = 0; round < 3; round += 1) {
      await writer.hasWritten(50)
      process.kill(readOwner(data.folder)?.enginePid ?? 0, 'SIGKILL')
      await writer.hasFailed()
    }
    await writer.hasWritten(50)
    await writer.end('SIGINT')
    const [failure] = writer.failures
    expect(failure).toMatchObject({
      code: 'database_unreachable',
      hint: expect.stringMatching(/again/),
    })
    expect(await data.rows()).toEqual(expect.arrayContaining(writer.rows))
  })

  it('is ended by a query that breaks it, rather than answering nonsense', async () => {
    const owner = data.database()
    const nested = '['.repeat(200_000)
    await owner.open()
    const former = readOwner(data.folder)?.enginePid
    await expect(owner.query('select $1::jsonb', [nested])).rejects.toMatchObject({
      code: 'database_unreachable',
    })
    await expect
      .poll(() => owner.query('select 1 as one').catch(() => []), { timeout: 15_000 })
      .toEqual([{ one: 1 }])
    expect(readOwner(data.folder)?.enginePid).not.toBe(former)
  })

  it('fails the transaction it was in, not the gateway', async () => {
    const owner = data.database()
    await owner.query('create table rows (id text)')
    const transaction = owner.transaction(async (query) => {
      await query(`insert into rows values ('lost')`)
      const engine = readOwner(data.folder)?.enginePid ?? 0
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
    const writer = data.startWriter({ detached: true })
    await writer.hasWritten(20)
    process.kill(-Number(writer.process.pid), 'SIGINT')
    await writer.isGone
    expect(writer.failures).toEqual([])
    expect(writer.isClosed()).toBe(true)
    expect(await data.rows()).toEqual(expect.arrayContaining(writer.rows))
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
