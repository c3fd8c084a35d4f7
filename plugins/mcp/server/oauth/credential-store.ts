import { LRUCache } from 'lru-cache'

import type { Database, Logger, Sealer } from '#core'

import { type Account, accountName } from './account.ts'
import {
  claimRenewal,
  type CredentialKey,
  deleteCredential,
  putCredential,
  readCredential,
  releaseRenewal,
  replaceCredential,
} from './credential-table.ts'
import type { HeldValues } from './held.ts'

/** A credential, and the version of it that is replaced. */
export interface Held<Value> {
  readonly version: string
  readonly value: Value
}

type Kind = keyof HeldValues

/**
 * Credentials in the database, sealed for their account, its server and that server's address: a row
 * that is moved, or a server that is moved elsewhere, has none.
 */
export interface CredentialStore {
  /** As it was within the last seconds; while the database is away, as it was last. */
  read<K extends Kind>(account: Account, kind: K): Promise<Held<HeldValues[K]> | undefined>
  readNow<K extends Kind>(account: Account, kind: K): Promise<Held<HeldValues[K]> | undefined>
  put<K extends Kind>(account: Account, kind: K, value: HeldValues[K]): Promise<void>
  /** Undefined when somebody has changed it in the meantime. */
  replace<K extends Kind>(
    account: Account,
    kind: K,
    change: Held<HeldValues[K]>,
  ): Promise<Held<HeldValues[K]> | undefined>
  claim(account: Account, version: string, forMs: number): Promise<boolean>
  release(account: Account, version: string): Promise<void>
  forget(account: Account, kind: Kind, version?: string): Promise<void>
}

const FRESH_MS = 5_000
const MOST_CACHED = 10_000

export interface CredentialStoreParts {
  readonly database: Pick<Database, 'query'>
  readonly sealer: Sealer
  readonly log: Logger
}

export function createCredentialStore({
  database,
  sealer,
  log,
}: CredentialStoreParts): CredentialStore {
  const seen = new LRUCache<string, { held: Held<unknown> | undefined; readAt: number }>({
    max: MOST_CACHED,
  })

  function remember<Value>(
    account: Account,
    kind: Kind,
    held: Held<Value> | undefined,
  ): Held<Value> | undefined {
    seen.set(`${kind} ${accountName(account)}`, { held, readAt: performance.now() })
    return held
  }

  async function readNow<K extends Kind>(
    account: Account,
    kind: K,
  ): Promise<Held<HeldValues[K]> | undefined> {
    const row = await readCredential(database, keyOf(account, kind))
    if (!row) return remember(account, kind, undefined)
    const value = sealer.open(row.sealed, placeOf(account, kind))
    if (value === undefined) {
      const { name } = account.server
      log.debug('A stored credential can not be opened.', { server: name, kind })
      return remember(account, kind, undefined)
    }
    // What opens was sealed here, by `put` or `replace`.
    return remember(account, kind, { version: row.version, value: value as HeldValues[K] })
  }

  return {
    readNow,
    async read<K extends Kind>(account: Account, kind: K) {
      const known = seen.get(`${kind} ${accountName(account)}`)
      const held = known?.held as Held<HeldValues[K]> | undefined
      if (known && performance.now() - known.readAt < FRESH_MS) return held
      try {
        return await readNow(account, kind)
      } catch (error) {
        if (known) return held
        throw error
      }
    },
    async put(account, kind, value) {
      const sealed = sealer.seal(value, placeOf(account, kind))
      const version = await putCredential(database, keyOf(account, kind), sealed)
      remember(account, kind, { version, value })
    },
    async replace(account, kind, { version: expected, value }) {
      const sealed = sealer.seal(value, placeOf(account, kind))
      const version = await replaceCredential(database, keyOf(account, kind), expected, sealed)
      return version === undefined ? undefined : remember(account, kind, { version, value })
    },
    claim: (account, version, forMs) =>
      claimRenewal(database, keyOf(account, 'tokens'), version, forMs),
    release: (account, version) => releaseRenewal(database, keyOf(account, 'tokens'), version),
    async forget(account, kind, version) {
      await deleteCredential(database, keyOf(account, kind), version)
      seen.delete(`${kind} ${accountName(account)}`)
    },
  }
}

function keyOf({ projectId, server, owner, user }: Account, kind: Kind): CredentialKey {
  return { projectId, server: server.name, kind, owner, user }
}

function placeOf({ projectId, server, owner, user }: Account, kind: Kind): readonly string[] {
  return ['credential', kind, projectId, server.name, server.url, owner, user]
}
