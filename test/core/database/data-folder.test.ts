import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { describe, expect, it, vi } from 'vitest'

import { readOwner } from '../../../core/database/folder-owner.ts'
import { useEmbeddedFolder } from '../../helpers/embedded-folder.ts'

// Each test starts several processes, one after the other.
vi.setConfig({ testTimeout: 60_000 })

const data = useEmbeddedFolder()

describe('two gateways on one data folder', () => {
  it('refuses the second, says what to do, and loses no row of the first', async () => {
    const first = data.startWriter()
    await first.hasWritten(20)
    await expect(data.database().open()).rejects.toMatchObject({
      name: 'SetupError',
      code: 'data_folder_locked',
      message: `Another Tapgate (process ${first.process.pid}) uses ${data.folder}.`,
      hint: 'Stop it or set TAPGATE_DATA to another folder.',
    })
    await first.hasWritten(20)
    await first.end('SIGINT')
    expect(await data.rows()).toEqual(expect.arrayContaining(first.rows))
  })

  it('lets only one of several that start at once have it', async () => {
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => data.database().open()))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.map(({ reason }) => reason.code)).toEqual([
      'data_folder_locked',
      'data_folder_locked',
    ])
  })

  it('lets the next have it as soon as the first has closed', async () => {
    const first = data.database()
    await first.open()
    await first.close()
    await expect(data.database().open()).resolves.toBeUndefined()
  })
})

describe('the data folder', () => {
  it('is made with an empty database when it is missing, readable by its owner only', async () => {
    const missing = join(data.folder, 'not', 'there')
    await expect(data.database('own', missing).query('select 1 as one')).resolves.toEqual([
      { one: 1 },
    ])
    const modes = await Promise.all(
      ['', 'database', 'database.lock', '.s.PGSQL.5432'].map(async (name) => {
        const { mode } = await stat(join(missing, name))
        return mode & 0o077
      }),
    )
    expect(modes).toEqual([0, 0, 0, 0])
  })

  it('is not touched by a database that is never opened', async () => {
    const missing = join(data.folder, 'not-there')
    const unused = data.database('own', missing)
    await unused.close()
    await unused.close()
    expect(existsSync(missing)).toBe(false)
  })

  it('may have a path that is too long for a socket', async () => {
    const long = join(data.folder, 'long'.repeat(30))
    await mkdir(long)
    const owner = data.database('own', long)
    await owner.open()
    const address = readOwner(long)?.address ?? ''
    const guest = data.database('attach', long)
    await expect(guest.query('select 1 as one')).resolves.toEqual([{ one: 1 }])
    await guest.close()
    await owner.close()
    expect(existsSync(dirname(address))).toBe(false)
  })

  it('holds nothing but the database and the lock after closing', async () => {
    const owner = data.database()
    await owner.open()
    await owner.close()
    expect((await readdir(data.folder)).toSorted()).toEqual(['database', 'database.lock'])
  })

  it('is named when it cannot be used', async () => {
    const file = join(data.folder, 'file')
    await writeFile(file, '')
    await expect(data.database('own', join(file, 'data')).open()).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining(join(file, 'data')),
      hint: expect.stringContaining('TAPGATE_DATA'),
    })
  })

  it('is named when what is in it is no database', async () => {
    await rm(join(data.folder, 'database', 'global'), { recursive: true })
    await expect(data.database().open()).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining(data.folder),
      hint: expect.stringContaining('backup'),
    })
  })
})
