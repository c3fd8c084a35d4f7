import type { Found } from '#core'

import { entropyOf } from './entropy.ts'

const PASSWORD = 'password|passwort|passwd|passphrase|contraseña|mot de passe'
const KEY =
  'api[_ -]?key|apikey|secret|token|access[_ -]?key|account[_ -]?key|private[_ -]?key|credentials?|auth'
const ASSIGNED = new RegExp(
  `(?:(${PASSWORD}|pwd)|${KEY})(?:[_-]?(?:key|id|value))?["'\`\\]]{0,2}(?:\\s{0,3}(?:=>|:=|[=:])|\\s{1,3}is)\\s{0,3}(?:Bearer |Basic )?["'\`]{0,1}([^\\s"'\`,;<>(){}\\[\\]]{6,512})`,
  'gi',
)
const BEARER = /\bBearer\s{1,3}([\w.~+/=-]{20,512})/gi

/** What stands in examples, and where a program says where a secret comes from. */
const PLACEHOLDER =
  /^(?:[*x.•_-]+|\$.*|%.*|.*(?:process\.env|os\.environ|getenv|import\.meta|example|placeholder|changeme|redacted|your[_-]|my[_-]|dummy|sample|undefined|null|none|true|false|required|optional|string|forgot|reset).*)$/i
const SHORTEST_KEY = 16
const PASSWORD_HAS = [/[a-zß-ÿ]/, /[A-ZÀ-Þ]/, /\d/, /[^\wß-ÿÀ-Þ]/]

/**
 * Values that are assigned to a name such as `password` or `api_key`. A key must be long and random:
 * of at least so many bits of entropy for each character. A password must not be a plain word.
 */
export function findAssignments(text: string, entropyThreshold: number): Found[] {
  const found: Found[] = []
  for (const match of text.matchAll(ASSIGNED)) {
    const [whole, passwordName, value = ''] = match
    const isSecret = passwordName ? isPassword(value) : isKey(value, entropyThreshold)
    if (!isSecret) continue
    const end = match.index + whole.length
    found.push({ start: end - value.length, end, label: passwordName ? 'PASSWORD' : 'SECRET' })
  }
  for (const match of text.matchAll(BEARER)) {
    const [whole, value = ''] = match
    if (!isKey(value, entropyThreshold)) continue
    const end = match.index + whole.length
    found.push({ start: end - value.length, end, label: 'BEARER_TOKEN' })
  }
  return found
}

function isKey(value: string, entropyThreshold: number): boolean {
  return (
    value.length >= SHORTEST_KEY &&
    /\d/.test(value) &&
    !PLACEHOLDER.test(value) &&
    entropyOf(value) >= entropyThreshold
  )
}

function isPassword(value: string): boolean {
  if (PLACEHOLDER.test(value)) return false
  return PASSWORD_HAS.filter((sort) => sort.test(value)).length >= 2
}
