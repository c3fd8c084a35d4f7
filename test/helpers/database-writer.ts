/**
 * A gateway as far as its database is concerned: opens the one in the folder and writes numbered
 * rows until a SIGINT, telling its parent of each that the database has acknowledged.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { createDatabase } from '../../core/database.ts'
import { SetupError } from '../../core/setup-error.ts'

/** What a writer tells its parent. */
export type WriterMessage =
  | { readonly event: 'open' | 'closed' }
  | { readonly event: 'written'; readonly row: string }
  | {
      readonly event: 'failed'
      readonly code: string
      readonly message: string
      readonly hint: string
    }

const [folder = ''] = process.argv.slice(2)
const tell = (message: WriterMessage): void => void process.send?.(message)
let isStopping = false
process.once('SIGINT', () => (isStopping = true))

const database = createDatabase({ folder })
try {
  await database.open()
  await database.query('create table if not exists rows (id text primary key)')
  tell({ event: 'open' })
  await Promise.all([1, 2, 3].map(write))
  await database.close()
  tell({ event: 'closed' })
} catch (error) {
  tellFailure(error)
}
process.disconnect?.()

async function write(writer: number): Promise<void> {
  for (let number = 1; !isStopping; number += 1) {
    const row = `${process.pid}-${writer}-${number}`
    try {
      await database.query('insert into rows values ($1)', [row])
      tell({ event: 'written', row })
    } catch (error) {
      tellFailure(error)
      await sleep(20)
    }
  }
}

function tellFailure(error: unknown): void {
  if (!(error instanceof SetupError)) throw error
  const { code, message, hint } = error
  tell({ event: 'failed', code, message, hint })
}
