import { GatewayError, type Scope } from '#core'

import { type KeyHash, newApiKey, scopesBeyond } from './api-key.ts'
import { insertKey, type KeyRow, type KeyWish, type Queries } from './key-table.ts'

/** A new key, told once, and its row. */
export interface IssuedKey {
  readonly key: string
  readonly row: KeyRow
}

export async function issueKey(
  database: Queries,
  hash: KeyHash,
  wish: KeyWish,
): Promise<IssuedKey> {
  const key = newApiKey()
  const row = await insertKey(database, { key, hash: hash(key) }, wish)
  if (!row) throw new Error('Two keys of 256 random bits are the same.')
  return { key, row }
}

/** A key neither gives nor takes more than it has itself. Throws 403. */
export function refuseScopesBeyond(wanted: readonly Scope[], held: readonly Scope[]): void {
  const [beyond] = scopesBeyond(wanted, held)
  if (beyond === undefined) return
  throw new GatewayError(
    'insufficient_scope',
    `Your key lacks "${beyond}", so it can neither make nor revoke a key that has it.`,
    { details: { required_scope: beyond } },
  )
}

/** When a key made now for so many days ends. */
export function daysFromNow(days: number): Date {
  return new Date(Date.now() + days * 86_400_000)
}
