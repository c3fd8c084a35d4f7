import type { Database } from '../../core/database.ts'
import type { Gateway } from '../../core/gateway.ts'
import { SetupError } from '../../core/setup-error.ts'
import { reasonOf, type Finding } from './finding.ts'

/** Opens the database as a command does, tables brought up to date, and asks it for its version. */
export async function checkDatabase(
  gateway: Gateway,
  database: Database,
  url: string | undefined,
): Promise<Finding> {
  const name = 'Database'
  try {
    await gateway.prepare()
    const startedMark = performance.now()
    const [row] = await database.query<{ server_version: string }>('show server_version')
    const tookMs = Math.ceil(performance.now() - startedMark)
    const where = url === undefined ? 'embedded' : `at ${serverOf(url)}`
    const message = `PostgreSQL ${row?.server_version ?? ''} ${where} answers in ${tookMs} ms.`
    return { name, status: 'ok', message }
  } catch (error) {
    const fix = error instanceof SetupError ? error.hint : 'Set LOG_LEVEL=debug for more.'
    return { name, status: 'failed', message: reasonOf(error), fix }
  }
}

/** Where it is, without user and password. */
function serverOf(url: string): string {
  return (URL.canParse(url) && new URL(url).host) || 'DATABASE_URL'
}
