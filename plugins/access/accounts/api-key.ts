import { createHmac, randomBytes, randomUUIDv7 } from 'node:crypto'

import type { Scope } from '#core'

export const SCOPES = ['read', 'write', 'admin', 'operator'] as const satisfies readonly Scope[]

const PREFIX_LENGTH = 12
const LONGEST_KEY = 256

/** A new key: `sk-prod-` and 64 hexadecimal digits, 256 bits that nobody can guess. */
export function newApiKey(): string {
  return `sk-prod-${randomBytes(32).toString('hex')}`
}

/** `key_` and 32 hexadecimal digits, in the order of time. */
export function newKeyId(): string {
  return `key_${randomUUIDv7().replaceAll('-', '')}`
}

/** The first letters, enough to recognise a key by and too few to use it. */
export function prefixOf(key: string): string {
  return key.slice(0, PREFIX_LENGTH)
}

/** What is stored of a key: its HMAC-SHA-256, in hexadecimal digits. */
export type KeyHash = (key: string) => string

/** A slow hash is not needed: nobody can try 2^256 keys. */
export function createKeyHash(secret: () => Buffer): KeyHash {
  let known: Buffer | undefined
  return (key) => {
    known ??= secret()
    return createHmac('sha256', known).update(key).digest('hex')
  }
}

/** Whether a text can be a key at all: `sk-` and at least 17 more printable characters. */
export function looksLikeApiKey(text: string): boolean {
  return text.length <= LONGEST_KEY && /^sk-[\x21-\x7e]{17,}$/.test(text)
}

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text)
}

/** The scopes among `wanted` that a holder of `held` may not hand on. An operator may do everything. */
export function scopesBeyond(wanted: readonly Scope[], held: readonly Scope[]): readonly Scope[] {
  return held.includes('operator') ? [] : wanted.filter((scope) => !held.includes(scope))
}
