import type { IncomingHttpHeaders } from 'node:http'

import { LRUCache } from 'lru-cache'

import type { Caller, GuardReference } from '#core'

import { type KeyHash, looksLikeApiKey } from './api-key.ts'
import { credentialOf } from './credential.ts'
import type { KeyLookup } from './key-lookup.ts'
import { expiredKey, missingKey, revokedKey, unknownKey } from './key-refusal.ts'
import type { KeyRow } from './key-table.ts'

const MOST_CREDENTIALS = 10_000
/** `last_used_at` is no finer than this. */
const USE_NOTED_EVERY_MS = 60_000
const NO_GUARDS: readonly GuardReference[] = []

/** All keys, in memory: a key that was seen before is let in with one look into a map. */
export interface KnownKeys {
  /** The caller, at once for a key that was seen before. Throws 401, or 503 when nobody can tell. */
  identify(headers: IncomingHttpHeaders): Caller | Promise<Caller>
  /** The guards that read every request of a key; most have none. */
  guardsOf(keyId: string): readonly GuardReference[]
  /** Takes over rows of the database; a key that is in use follows at once. */
  absorb(rows: readonly KeyRow[]): void
  /** The keys that were used since the last time this was asked, and when. */
  takeUses(): readonly { readonly id: string; readonly usedAt: Date }[]
}

/** Shared by both maps and changed in place, so that a revocation reaches every way to a key. */
interface KnownKey {
  caller: Caller
  /** Epoch milliseconds. The key is refused from then on; 0 when it is revoked. */
  endsAt: number
  usedAt: number
}

export interface KnownKeysParts {
  readonly lookup: KeyLookup
  readonly hash: KeyHash
}

export function createKnownKeys({ lookup, hash }: KnownKeysParts): KnownKeys {
  const byHash = new Map<string, KnownKey>()
  const byCredential = new LRUCache<string, KnownKey>({ max: MOST_CREDENTIALS })
  const used = new Map<KnownKey, number>()
  const guards = new Map<string, readonly GuardReference[]>()

  function identify(headers: IncomingHttpHeaders): Caller | Promise<Caller> {
    const credential = credentialOf(headers)
    if (credential === undefined) throw missingKey()
    const known = byCredential.get(credential)
    return known ? admit(known) : introduce(credential)
  }

  function admit(known: KnownKey): Caller {
    const now = Date.now()
    if (now >= known.endsAt) throw refusal(known)
    if (now - known.usedAt >= USE_NOTED_EVERY_MS) {
      known.usedAt = now
      used.set(known, now)
    }
    return known.caller
  }

  function introduce(credential: string): Caller | Promise<Caller> {
    if (!looksLikeApiKey(credential)) throw unknownKey(credential)
    const keyHash = hash(credential)
    const known = byHash.get(keyHash)
    return known ? remember(credential, known) : find(credential, keyHash)
  }

  async function find(credential: string, keyHash: string): Promise<Caller> {
    const row = await lookup.find(keyHash)
    if (!row) throw unknownKey(credential)
    return remember(credential, absorbOne(row))
  }

  function remember(credential: string, known: KnownKey): Caller {
    byCredential.set(credential, known)
    return admit(known)
  }

  function absorbOne(row: KeyRow): KnownKey {
    const known = byHash.get(row.key_hash) ?? { caller: toCaller(row), endsAt: 0, usedAt: 0 }
    known.caller = toCaller(row)
    known.endsAt = row.revoked_at ? 0 : (row.expires_at?.getTime() ?? Infinity)
    byHash.set(row.key_hash, known)
    if (row.guards.length > 0) guards.set(row.id, row.guards)
    else guards.delete(row.id)
    lookup.learn(row.key_hash)
    return known
  }

  return {
    identify,
    guardsOf: (keyId) => guards.get(keyId) ?? NO_GUARDS,
    absorb(rows) {
      for (const row of rows) absorbOne(row)
    },
    takeUses() {
      const uses = [...used].flatMap(([{ caller }, usedAt]) =>
        caller.keyId === undefined ? [] : [{ id: caller.keyId, usedAt: new Date(usedAt) }],
      )
      used.clear()
      return uses
    },
  }
}

function toCaller(row: KeyRow): Caller {
  return {
    keyId: row.id,
    keyPrefix: row.key_prefix,
    projectId: row.project_id,
    scopes: row.scopes,
  }
}

function refusal({ caller, endsAt }: KnownKey): Error {
  const prefix = caller.keyPrefix ?? ''
  return endsAt === 0 ? revokedKey(prefix) : expiredKey(prefix, endsAt)
}
