import { isIPv6 } from 'node:net'

import type { Recogniser } from './recogniser.ts'
import type { SureFound } from './sure-found.ts'

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'

/** `192.0.2.1`, but no version with more numbers. */
export const ipv4: Recogniser = {
  type: 'ip_address',
  pattern: new RegExp(`${OCTET}(?:\\.${OCTET}){3}(?!\\w)(?!\\.\\d)`, 'y'),
  confidence: 0.9,
}

const LONGEST_IPV6 = 45
const IPV6 = new RegExp(`(?<![\\w:.])[\\da-f:][\\da-f:.]{1,${LONGEST_IPV6 - 1}}(?![\\w:])`, 'gi')

/** `2001:db8::1`, `::ffff:192.0.2.1`; names such as `a::b` have no digit. */
export function findIpv6(text: string, from: number): SureFound[] {
  if (!text.includes(':', from)) return []
  const finds: SureFound[] = []
  IPV6.lastIndex = from
  for (const { 0: found, index } of text.matchAll(IPV6)) {
    const address = found.replace(/\.+$/, '')
    if (!/\d/.test(address) || !isIPv6(address)) continue
    finds.push({ start: index, end: index + address.length, label: 'IP_ADDRESS', confidence: 0.9 })
  }
  return finds
}

const MAC = /(?<![\w:-])[\da-f]{2}([:-])[\da-f]{2}(?:\1[\da-f]{2}){4}(?![\w:-])/gi

/** `00:1B:44:11:3A:B7`: the address of a network card. */
export function findMac(text: string, from: number): SureFound[] {
  MAC.lastIndex = from
  return Array.from(text.matchAll(MAC), ({ 0: found, index }) => ({
    start: index,
    end: index + found.length,
    label: 'MAC_ADDRESS',
    confidence: 0.9,
  }))
}

const LONGEST_USER_INFO = 256
const USER_INFO = new RegExp(
  `[^\\s/?#@:"'<>]{0,${LONGEST_USER_INFO}}:[^\\s/?#@"'<>]{1,${LONGEST_USER_INFO}}@[^\\s/?#@"'<>]`,
  'y',
)

/** The name and password in `https://name:password@host`. */
export function findUrlCredentials(text: string, from: number): SureFound[] {
  const finds: SureFound[] = []
  for (let at = text.indexOf('://', from - 3); at >= 0; at = text.indexOf('://', at + 3)) {
    const start = at + 3
    USER_INFO.lastIndex = start
    if (!USER_INFO.test(text)) continue
    const end = text.indexOf('@', start)
    finds.push({ start, end, label: 'URL_CREDENTIALS', confidence: 0.95 })
  }
  return finds
}
