import type { IncomingHttpHeaders } from 'node:http'

import { describe, expect, it } from 'vitest'

import { GatewayError } from '../../../core/errors.ts'
import { createKeyHash, newApiKey, prefixOf } from '../../../plugins/access/accounts/api-key.ts'
import { createKeyLookup } from '../../../plugins/access/accounts/key-lookup.ts'
import type { KeyRow } from '../../../plugins/access/accounts/key-table.ts'
import { createKnownKeys, type KnownKeys } from '../../../plugins/access/accounts/known-keys.ts'

const hash = createKeyHash(() => Buffer.from('the secret of this test'))
const YEAR_MS = 31_536_000_000

function rowOf(key: string, more: Partial<KeyRow> = {}): KeyRow {
  return {
    id: `key_${hash(key).slice(0, 32)}`,
    key_hash: hash(key),
    key_prefix: prefixOf(key),
    name: 'test',
    scopes: ['read', 'write'],
    project_id: 'project-1',
    guards: [],
    created_at: new Date(),
    expires_at: null,
    revoked_at: null,
    last_used_at: null,
    changed_at: new Date(),
    ...more,
  }
}

/** Keys in memory above a table that counts how often it is asked. */
function openKeys(table: KeyRow[] = []): {
  known: KnownKeys
  questions: (readonly string[])[]
  table: KeyRow[]
  breakDown: () => void
} {
  const questions: (readonly string[])[] = []
  let isAway = false
  const lookup = createKeyLookup(async (hashes) => {
    questions.push(hashes)
    if (isAway) throw new Error('connect ECONNREFUSED')
    return table.filter((row) => hashes.includes(row.key_hash))
  })
  return {
    known: createKnownKeys({ lookup, hash }),
    questions,
    table,
    breakDown: () => void (isAway = true),
  }
}

const bearer = (key: string): IncomingHttpHeaders => ({ authorization: `Bearer ${key}` })

async function refusalOf(known: KnownKeys, headers: IncomingHttpHeaders): Promise<GatewayError> {
  try {
    await known.identify(headers)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
  throw new Error('The request was let in.')
}

describe('a known key', () => {
  it('is let in at once, without a promise and without a question to the database', () => {
    const key = newApiKey()
    const { known, questions } = openKeys()
    known.absorb([rowOf(key)])
    const caller = {
      keyId: rowOf(key).id,
      keyPrefix: key.slice(0, 12),
      projectId: 'project-1',
      scopes: ['read', 'write'],
    }
    expect(known.identify(bearer(key))).toEqual(caller)
    expect(known.identify(bearer(key))).toEqual(caller)
    expect(questions).toEqual([])
  })

  it.each<[string, (key: string) => IncomingHttpHeaders]>([
    ['Authorization: Bearer', bearer],
    ['authorization: bearer', (key) => ({ authorization: `bearer  ${key} ` })],
    ['x-api-key', (key) => ({ 'x-api-key': key })],
    ['x-goog-api-key', (key) => ({ 'x-goog-api-key': key })],
    ['all three, alike', (key) => ({ ...bearer(key), 'x-api-key': key, 'x-goog-api-key': key })],
    [
      'x-api-key beside another scheme',
      (key) => ({ authorization: 'Basic eDp5', 'x-api-key': key }),
    ],
  ])('is found in %s', (_where, headersOf) => {
    const key = newApiKey()
    const { known } = openKeys()
    known.absorb([rowOf(key)])
    expect(known.identify(headersOf(key))).toMatchObject({ projectId: 'project-1' })
  })

  it('is refused from the moment it ends', async () => {
    const key = newApiKey()
    const { known } = openKeys()
    known.absorb([rowOf(key, { expires_at: new Date(Date.now() + YEAR_MS) })])
    expect(known.identify(bearer(key))).toBeTruthy()
    known.absorb([rowOf(key, { expires_at: new Date('2026-01-02T03:04:05Z') })])
    expect(await refusalOf(known, bearer(key))).toMatchObject({
      code: 'expired_api_key',
      status: 401,
      details: { expired_at: '2026-01-02T03:04:05.000Z' },
    })
  })

  it('is refused as soon as its revocation is known, also where it was in use', async () => {
    const key = newApiKey()
    const { known } = openKeys()
    known.absorb([rowOf(key)])
    void known.identify(bearer(key))
    void known.identify({ 'x-api-key': key })
    known.absorb([rowOf(key, { revoked_at: new Date() })])
    expect((await refusalOf(known, bearer(key))).code).toBe('revoked_api_key')
    expect((await refusalOf(known, { 'x-api-key': key })).code).toBe('revoked_api_key')
  })

  it('has its use noted, once a minute', () => {
    const key = newApiKey()
    const { known } = openKeys()
    known.absorb([rowOf(key)])
    expect(known.takeUses()).toEqual([])
    void known.identify(bearer(key))
    void known.identify(bearer(key))
    expect(known.takeUses()).toEqual([{ id: rowOf(key).id, usedAt: expect.any(Date) }])
    void known.identify(bearer(key))
    expect(known.takeUses()).toEqual([])
  })
})

describe('a key that was never seen', () => {
  it('is found in the database, once', async () => {
    const key = newApiKey()
    const { known, questions } = openKeys([rowOf(key)])
    expect(await known.identify(bearer(key))).toMatchObject({ projectId: 'project-1' })
    expect(known.identify(bearer(key))).toMatchObject({ projectId: 'project-1' })
    expect(questions).toHaveLength(1)
  })

  it('is refused when it does not exist, and not asked for again and again', async () => {
    const key = newApiKey()
    const { known, questions } = openKeys()
    for (let times = 0; times < 5; times++) {
      const refusal = await refusalOf(known, bearer(key))
      expect(refusal).toMatchObject({ code: 'invalid_api_key', status: 401 })
      expect(refusal.message).toContain(key.slice(0, 12))
      expect(refusal.message).not.toContain(key.slice(0, 13))
    }
    expect(questions).toHaveLength(1)
  })

  it('works as soon as it is known to exist after all', async () => {
    const key = newApiKey()
    const { known } = openKeys()
    await refusalOf(known, bearer(key))
    known.absorb([rowOf(key)])
    expect(known.identify(bearer(key))).toMatchObject({ projectId: 'project-1' })
  })

  it('is asked for together with all others that came meanwhile', async () => {
    const { known, questions } = openKeys()
    const flood = Array.from({ length: 500 }, newApiKey)
    await Promise.all(flood.map((key) => refusalOf(known, bearer(key))))
    expect(questions.length).toBeLessThanOrEqual(2)
    expect(new Set(questions.flat())).toEqual(new Set(flood.map(hash)))
  })

  it('has to wait when too many are asked for already', async () => {
    const { known } = openKeys()
    const flood = Array.from({ length: 3000 }, newApiKey)
    const refusals = await Promise.all(flood.map((key) => refusalOf(known, bearer(key))))
    const codes = new Set(refusals.map(({ code }) => code))
    expect(codes).toEqual(new Set(['invalid_api_key', 'overloaded']))
  })

  it('cannot be checked while the database is away; the known ones go on', async () => {
    const key = newApiKey()
    const { known, breakDown } = openKeys()
    known.absorb([rowOf(key)])
    breakDown()
    expect(known.identify(bearer(key))).toMatchObject({ projectId: 'project-1' })
    expect(await refusalOf(known, bearer(newApiKey()))).toMatchObject({
      code: 'overloaded',
      status: 503,
      retryAfterMs: 2000,
    })
  })
})

describe('a request without a key that can be read', () => {
  it.each<[string, IncomingHttpHeaders]>([
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['no key after Bearer', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['an empty x-api-key', { 'x-api-key': '' }],
  ])('is asked for one: %s', async (_what, headers) => {
    const refusal = await refusalOf(openKeys().known, headers)
    expect(refusal).toMatchObject({ code: 'missing_api_key', status: 401 })
    expect(refusal.message).toContain('Authorization: Bearer')
  })

  it.each([
    ['a key of another house', 'AIzaSyA-1234567890abcdefghijklmnopqrstu'],
    ['too short', 'sk-1234567890'],
    ['spaces', 'sk-prod-1234 5678 9012 3456'],
    ['far too long', `sk-${'x'.repeat(300)}`],
    ['letters beyond ASCII', 'sk-prod-äöüäöüäöüäöüäöü'],
  ])('is refused without a question to the database: %s', async (_what, key) => {
    const { known, questions } = openKeys()
    const refusal = await refusalOf(known, bearer(key))
    expect(refusal).toMatchObject({ code: 'invalid_api_key', status: 401 })
    expect(refusal.message).not.toContain(key)
    expect(questions).toEqual([])
  })

  it('is refused when it carries two different keys', async () => {
    const [one, other] = [newApiKey(), newApiKey()]
    const { known } = openKeys()
    known.absorb([rowOf(one), rowOf(other)])
    for (const headers of [
      { ...bearer(one), 'x-api-key': other },
      { ...bearer(one), 'x-goog-api-key': other },
      { 'x-api-key': one, 'x-goog-api-key': other },
    ]) {
      const refusal = await refusalOf(known, headers)
      expect(refusal.code).toBe('invalid_api_key')
      expect(refusal.message).toContain('two different')
    }
  })
})
