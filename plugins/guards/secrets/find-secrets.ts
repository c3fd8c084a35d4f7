import type { Found } from '#core'

import { findAssignments } from './assignments.ts'
import { SECRET_FORMATS, type SecretFormat } from './formats.ts'
import { findPrivateKeys } from './private-keys.ts'

export interface SecretRule {
  /** Bits for each character that a value must have which only its name tells. */
  readonly entropyThreshold: number
}

/** Finds keys, tokens, passwords and private keys, in time that grows with the length of the text only. */
export function findSecrets(text: string, { entropyThreshold }: SecretRule): Found[] {
  return withoutOverlaps([
    ...findPrivateKeys(text),
    ...SECRET_FORMATS.flatMap((format) => findFormat(text, format)),
    ...findUrlPasswords(text),
    ...findAssignments(text, entropyThreshold),
  ])
}

const WORD = /[\w-]/

function findFormat(text: string, { label, prefix, pattern }: SecretFormat): Found[] {
  const found: Found[] = []
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + prefix.length)) {
    if (WORD.test(text.charAt(at - 1))) continue
    pattern.lastIndex = at
    if (pattern.test(text)) found.push({ start: at, end: pattern.lastIndex, label })
  }
  return found
}

const URL_PASSWORD = /[^\s/?#@:"'<>]{0,128}:([^\s/?#@"'<>]{1,256})@[^\s/?#@"'<>]/y

/** The password in `postgres://name:password@host`. */
function findUrlPasswords(text: string): Found[] {
  const found: Found[] = []
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    URL_PASSWORD.lastIndex = at + 3
    const password = URL_PASSWORD.exec(text)?.[1]
    if (password === undefined) continue
    const end = URL_PASSWORD.lastIndex - 2
    found.push({ start: end - password.length, end, label: 'URL_PASSWORD' })
  }
  return found
}

/** Where finds overlap the one that began first stays, or of two that begin together the longer. */
function withoutOverlaps(found: readonly Found[]): Found[] {
  const kept: Found[] = []
  const inOrder = found.toSorted((one, other) => one.start - other.start || other.end - one.end)
  for (const one of inOrder) if (one.start >= (kept.at(-1)?.end ?? 0)) kept.push(one)
  return kept
}
