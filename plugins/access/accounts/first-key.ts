import { type Database, type Environment, SetupError } from '#core'

import { type KeyHash, looksLikeApiKey, SCOPES } from './api-key.ts'
import { type IssuedKey, issueKey } from './key-issue.ts'
import { insertKey, lockDefaultProject, usableKeysNamed } from './key-table.ts'

/** The operator's own first key, from `TAPGATE_KEY`. Throws a SetupError when it cannot be a key. */
export function readChosenKey(environment: Environment): string | undefined {
  const chosen = environment['TAPGATE_KEY']
  if (chosen === undefined || chosen === '') return undefined
  if (looksLikeApiKey(chosen)) return chosen
  throw new SetupError(
    'invalid_first_key',
    'TAPGATE_KEY does not look like an API key.',
    'Set it to "sk-" and at least 17 more letters without spaces, such as "sk-$(openssl rand -hex 32)", or leave it out.',
  )
}

/** Makes a key with all scopes in the default project, when there is no key at all. */
export function makeFirstKey(database: Database, hash: KeyHash): Promise<IssuedKey | undefined> {
  return database.transaction(async (query) => {
    // The lock lets only one of several processes that start together find the table empty.
    const projectId = await lockDefaultProject({ query })
    const [anyKey] = await query<{ id: string }>('select id from api_keys limit 1')
    if (anyKey) return undefined
    return issueKey({ query }, hash, { name: 'first key', scopes: SCOPES, projectId })
  })
}

/** Adds the operator's own key where it is not there yet. False when it was revoked. */
export function ensureChosenKey(database: Database, hash: KeyHash, key: string): Promise<boolean> {
  return database.transaction(async (query) => {
    const projectId = await lockDefaultProject({ query })
    const hashed = { key, hash: hash(key) }
    const wish = { name: 'TAPGATE_KEY', scopes: SCOPES, projectId }
    if (await insertKey({ query }, hashed, wish)) return true
    const usable = await usableKeysNamed({ query }, '', hashed.hash)
    return usable.length > 0
  })
}
