import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest'

import { createDatabase, type Database } from '../../core/database.ts'
import { migrate, type MigrationSet } from '../../core/migrations.ts'
import { describeDatabases, makeTestDatabase } from '../helpers/database.ts'

describeDatabases((kind, openTestDatabase) => {
  let database: Database
  let folder: string

  beforeAll(async () => {
    database = await openTestDatabase()
  })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tapgate-migrations-'))
    await database.query('drop schema public cascade; create schema public')
  })

  afterEach(() => rm(folder, { recursive: true }))

  async function migrations(
    files: Record<string, string>,
    plugin = 'ledger',
  ): Promise<MigrationSet> {
    for (const [name, content] of Object.entries(files))
      await writeFile(join(folder, name), content)
    return { plugin, folder: pathToFileURL(folder) }
  }

  const rowsOf = (table: string): Promise<object[]> => database.query(`select * from ${table}`)

  it('runs the files in order, and says which', async () => {
    const set = await migrations({
      '0002-fill.sql': `insert into requests values (1); insert into requests values (2)`,
      '0001-requests.sql': 'create table requests (id int)',
      '0010-more.sql': 'insert into requests values (3)',
    })
    await expect(migrate(database, [set])).resolves.toEqual([
      'ledger/0001-requests.sql',
      'ledger/0002-fill.sql',
      'ledger/0010-more.sql',
    ])
    await expect(rowsOf('requests')).resolves.toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
  })

  it('runs a file once', async () => {
    const set = await migrations({ '0001-requests.sql': 'create table requests (id int)' })
    await migrate(database, [set])
    await expect(migrate(database, [set])).resolves.toEqual([])
    const later = await migrations({ '0002-fill.sql': 'insert into requests values (1)' })
    await expect(migrate(database, [later])).resolves.toEqual(['ledger/0002-fill.sql'])
    await expect(rowsOf('requests')).resolves.toHaveLength(1)
  })

  it('keeps the files of two plugins apart', async () => {
    const files = { '0001-first.sql': 'create table if not exists requests (id int)' }
    const sets = [await migrations(files, 'ledger'), await migrations(files, 'accounts')]
    await expect(migrate(database, sets)).resolves.toEqual([
      'ledger/0001-first.sql',
      'accounts/0001-first.sql',
    ])
  })

  it('lets several processes migrate at once', async () => {
    const settings = await makeTestDatabase(kind)
    const owner = createDatabase(settings)
    await owner.open()
    const others = [1, 2, 3].map(() => createDatabase({ ...settings, mode: 'attach' }))
    const set = await migrations({
      '0001-requests.sql': 'create table requests (id int)',
      '0002-fill.sql': 'insert into requests values (1)',
    })
    const ran = await Promise.all([owner, ...others].map((each) => migrate(each, [set])))
    expect(ran.flat().toSorted()).toEqual(['ledger/0001-requests.sql', 'ledger/0002-fill.sql'])
    await expect(owner.query('select * from requests')).resolves.toEqual([{ id: 1 }])
    await Promise.all([...others, owner].map((each) => each.close()))
  })

  it('keeps nothing of a file that fails, and runs it again when it is mended', async () => {
    const broken = await migrations({
      '0001-requests.sql': 'create table requests (id int)',
      '0002-broken.sql': 'insert into requests values (1);\ncreate table wrong (id nonsense)',
      '0003-never.sql': 'insert into requests values (3)',
    })
    await expect(migrate(database, [broken])).rejects.toMatchObject({
      name: 'SetupError',
      code: 'migration_failed',
      message:
        'The migration ledger/0002-broken.sql failed in line 2: type "nonsense" does not exist.',
    })
    await expect(rowsOf('requests')).resolves.toEqual([])
    const mended = await migrations({ '0002-broken.sql': 'insert into requests values (2)' })
    await expect(migrate(database, [mended])).resolves.toEqual([
      'ledger/0002-broken.sql',
      'ledger/0003-never.sql',
    ])
  })

  it('refuses a file that was changed after it ran, by name', async () => {
    await migrate(database, [await migrations({ '0001-first.sql': 'select 1' })])
    const changed = await migrations({ '0001-first.sql': 'select 2', '0002-next.sql': 'select 3' })
    await expect(migrate(database, [changed])).rejects.toMatchObject({
      code: 'migration_changed',
      message: expect.stringContaining('ledger/0001-first.sql'),
    })
    const sameButForLineEnds = await migrations({ '0001-first.sql': 'select 1' })
    await expect(migrate(database, [sameButForLineEnds])).resolves.toEqual(['ledger/0002-next.sql'])
  })

  it('does not mind how lines end', async () => {
    await migrate(database, [await migrations({ '0001-first.sql': 'select\n1' })])
    const windows = await migrations({ '0001-first.sql': 'select\r\n1' })
    await expect(migrate(database, [windows])).resolves.toEqual([])
  })

  it.each(['1-short.sql', '0001.sql', '0001-Upper.sql', '0001-second.sql'])(
    'refuses a file called %s beside 0001-first.sql',
    async (name) => {
      const set = await migrations({ '0001-first.sql': 'select 1', [name]: 'select 2' })
      await expect(migrate(database, [set])).rejects.toMatchObject({ code: 'migration_misnamed' })
    },
  )
})
