import type { Check, Database, Environment } from '#core'

import { allKeys } from './key-table.ts'

/** What `tapgate doctor` says of the API keys. */
export function keyCheck(database: Database, environment: Environment): Check {
  return {
    name: 'API keys',
    async run() {
      const now = Date.now()
      const keys = await allKeys(database)
      const usable = keys.filter(
        (key) => !key.revoked_at && !(key.expires_at && key.expires_at.getTime() <= now),
      )
      const counted = `${usable.length} of ${keys.length} API keys can be used`
      if (!usable.some(({ scopes }) => scopes.includes('write') || scopes.includes('operator'))) {
        return {
          status: 'warning',
          message: `${counted}; none has the scope "write", so no model can be asked.`,
          fix: 'Run "tapgate keys create --name <name> --scopes read,write".',
        }
      }
      if (database.kind === 'postgres' && !environment['TAPGATE_SECRET']) {
        return {
          status: 'warning',
          message: `${counted}; the secret they are checked with is in the data folder of this machine only.`,
          fix: 'Set TAPGATE_SECRET to the contents of the file "secret" in the data folder, on every machine that uses this database.',
        }
      }
      return { status: 'ok', message: `${counted}.` }
    },
  }
}
